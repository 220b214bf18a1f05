import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileScript, parse } from 'vue/compiler-sfc';

const root = join(import.meta.dirname, '../../../..');

/** A block of code. */
export interface Example {
  /** The fence's language. */
  readonly language: string;
  /** Its section of the page; the file of its doc comment. */
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

/** The examples of the package's doc comments. */
export async function readDocCommentExamples(): Promise<Example[]> {
  const source = join(root, 'packages/client/src');
  const names = await readdir(source, { recursive: true });
  const read = names
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map(async (name) => {
      const text = await readFile(join(source, name), 'utf8');
      const blocks = text.matchAll(/^( *\* )@example\n\1```(\w+)\n([\s\S]*?)\n\1```$/gm);
      return [...blocks].map(([, , language = '', code = '']) => ({
        language,
        heading: name,
        code: code.replace(/^ *\* ?/gm, ''),
      }));
    });
  return (await Promise.all(read)).flat();
}

/** The one example under this heading. */
export async function readExample(heading: string): Promise<string> {
  const found = (await readExamples()).filter((example) => example.heading === heading);
  if (found.length !== 1) throw new Error(`There are ${found.length} examples under "${heading}".`);
  return found[0]?.code ?? '';
}

/** The directory of an app in which the client and all other packages of the workspace are installed. */
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

/** The TypeScript of a Vue component and its template, as an app's build compiles it. */
export function compileVue(code: string): string {
  const { descriptor, errors } = parse(code);
  if (errors.length > 0) throw errors[0];
  return compileScript(descriptor, { id: 'example', inlineTemplate: true }).content;
}
