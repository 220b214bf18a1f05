import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileScript, parse } from 'vue/compiler-sfc';

const root = join(import.meta.dirname, '../../../..');

/** A block of code on a page. */
export interface Example {
  /** As the fence names it. */
  readonly language: string;
  /** Of the section it stands in. */
  readonly heading: string;
  readonly code: string;
}

/** The blocks of code of `docs/client.md`, from top to bottom. */
export async function readExamples(): Promise<Example[]> {
  const page = await readFile(join(root, 'docs/client.md'), 'utf8');
  let heading = '';
  return [...page.matchAll(/^#+ (.+)$|^```(\w+)\n([\s\S]*?)\n```$/gm)].flatMap((found) => {
    const [, title, language, code = ''] = found;
    heading = title ?? heading;
    return language === undefined ? [] : [{ language, heading, code }];
  });
}

/** The one example under this heading. */
export async function readExample(heading: string): Promise<string> {
  const found = (await readExamples()).filter((example) => example.heading === heading);
  if (found.length !== 1) throw new Error(`There are ${found.length} examples under "${heading}".`);
  return found[0]?.code ?? '';
}

/** A folder of an app that has installed the client, and whatever else is installed here. */
export interface Workshop extends AsyncDisposable {
  readonly directory: string;
  write(name: string, content: string): Promise<void>;
}

export async function openWorkshop(): Promise<Workshop> {
  const directory = await mkdtemp(join(tmpdir(), 'bkend-docs-'));
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
  return {
    directory,
    write: (name, content) => writeFile(join(directory, name), content),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

/** What an app's build makes of a component of Vue: TypeScript, its template included. */
export function compileVue(code: string): string {
  const { descriptor, errors } = parse(code);
  if (errors.length > 0) throw errors[0];
  return compileScript(descriptor, { id: 'example', inlineTemplate: true }).content;
}
