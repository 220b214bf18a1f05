import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ClassDeclaration,
  type ExportedDeclarations,
  type InterfaceDeclaration,
  type JSDoc,
  Node,
  Project,
  ts,
} from 'ts-morph';

const packageDirectory = join(import.meta.dirname, '..');

/** What can be imported, and the file that declares it, as `package.json` has it. */
function readEntries(): { readonly entry: string; readonly declarations: string }[] {
  const text = readFileSync(join(packageDirectory, 'package.json'), 'utf8');
  const { name, exports }: { name: string; exports: Record<string, { types: string }> } = JSON.parse(text);
  return Object.entries(exports).map(([path, { types }]) => ({
    entry: join(name, path),
    declarations: join(packageDirectory, types),
  }));
}

type Declared = readonly [name: string, declaration: ExportedDeclarations];

/** `docs/client-api.md`: everything that the package exports, in the words of its doc comments. */
export function apiPage(): string {
  const project = new Project({
    skipAddingFilesFromTsConfig: true,
    compilerOptions: {
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      strict: true,
    },
  });
  const told = new Set<string>();
  const sections = readEntries().map(({ entry, declarations }) => {
    const exported = project.addSourceFileAtPath(declarations).getExportedDeclarations();
    // What a further entry passes on has been told where it comes from.
    const fresh = [...exported].flatMap(([name, [declaration]]): Declared[] =>
      declaration && !told.has(name) ? [[name, declaration]] : [],
    );
    for (const [name] of fresh) told.add(name);
    return section(entry, fresh);
  });
  const head = `# API of the client

Every export, in the words of its doc comments. This page is written by \`npm run docs:api\`; [client.md](client.md) is the one to
read first.`;
  return formatted(linked(`${[head, ...sections].join('\n\n')}\n`, told));
}

function section(entry: string, declared: readonly Declared[]): string {
  const kinds = [
    declared.filter(([, each]) => isCallable(each)),
    declared.filter(([, each]) => Node.isClassDeclaration(each)),
    declared.filter(([, each]) => Node.isInterfaceDeclaration(each)),
    declared.filter(([, each]) => Node.isTypeAliasDeclaration(each)),
  ];
  const parts = kinds.flatMap((kind) => kind.toSorted(([a], [b]) => a.localeCompare(b)).map(describe));
  return [`## ${entry}`, ...parts].join('\n\n');
}

function isCallable(declaration: ExportedDeclarations): boolean {
  return Node.isFunctionDeclaration(declaration) || Node.isVariableDeclaration(declaration);
}

function describe([name, declaration]: Declared): string {
  const heading = `### ${name}`;
  if (Node.isFunctionDeclaration(declaration)) {
    const signature = signatureOf(declaration.getText()).replace(/^export declare /, '');
    return paragraphs(heading, fence(signature), docOf(declaration.getJsDocs()));
  }
  if (Node.isVariableDeclaration(declaration)) {
    const docs = declaration.getVariableStatement()?.getJsDocs() ?? [];
    return paragraphs(heading, fence(`const ${signatureOf(declaration.getText())}`), docOf(docs));
  }
  if (Node.isTypeAliasDeclaration(declaration)) {
    const text = declaration.getText().replace(/^[\s\S]*?export (declare )?type/, 'type');
    return paragraphs(heading, docOf(declaration.getJsDocs()), fence(text));
  }
  if (Node.isInterfaceDeclaration(declaration) || Node.isClassDeclaration(declaration)) {
    const bases = Node.isInterfaceDeclaration(declaration)
      ? declaration.getExtends()
      : [declaration.getExtends()];
    const names = bases.flatMap((base) => (base ? [`\`${base.getText()}\``] : []));
    const beside =
      names.length > 0 && `What ${names.join(' and ')} ${names.length > 1 ? 'have' : 'has'}, and:`;
    return paragraphs(heading, docOf(declaration.getJsDocs()), beside, members(declaration));
  }
  throw new Error(`${name} is of a kind that the page does not know: ${declaration.getKindName()}.`);
}

function members(declaration: InterfaceDeclaration | ClassDeclaration): string {
  return declaration
    .getMembers()
    .filter((member) => !(Node.isModifierable(member) && member.hasModifier('private')))
    .map((member) => {
      const docs = Node.isJSDocable(member) ? docOf(member.getJsDocs()) : '';
      const signature = signatureOf(member.getText());
      const isLong = signature.length > 90;
      const doc = docs && `${isLong ? '  ' : ' — '}${docs.replaceAll('\n', '\n  ')}`;
      return isLong
        ? `- ${fence(signature).replaceAll('\n', '\n  ')}${doc && `\n${doc}`}`
        : `- \`${signature}\`${doc}`;
    })
    .join('\n');
}

/** A declaration without its comment, on one line where it was on several; and without where its types come from. */
function signatureOf(text: string): string {
  return text
    .replace(/\/\*\*[\s\S]*?\*\//g, '')
    .replace(/\bwire\.|\bimport\("[^"]*"\)\./g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/;$/, '');
}

/** A comment's words, with what its tags say in sentences. */
function docOf(docs: readonly JSDoc[]): string {
  return docs
    .flatMap((doc) => [
      doc.getDescription().trim(),
      ...doc.getTags().map((tag) => {
        const text = tag.getCommentText() ?? '';
        const name = Node.isJSDocParameterTag(tag) ? `\`${tag.getName()}\`: ` : '';
        return tag.getTagName() === 'throws' ? `Throws ${text}` : `${name}${text}`;
      }),
    ])
    .filter(Boolean)
    .join('\n\n');
}

/** `{@link Name}` as a link, to where the page tells of it if it does. */
function linked(page: string, told: ReadonlySet<string>): string {
  return page.replace(/\{@link ([\w.]+)\}/g, (_, target: string) => {
    const [name = ''] = target.split('.');
    return told.has(name) ? `[${target}](#${name.toLowerCase()})` : `\`${target}\``;
  });
}

/** As all pages of the repository are, the code in it included. */
function formatted(page: string): string {
  const root = join(packageDirectory, '../..');
  const words = ['node_modules/@biomejs/biome/bin/biome', 'format', '--stdin-file-path=docs/client-api.md'];
  return execFileSync(process.execPath, words, { cwd: root, input: page, encoding: 'utf8' });
}

function fence(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\``;
}

function paragraphs(...parts: readonly (string | false)[]): string {
  return parts.filter(Boolean).join('\n\n');
}
