import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ClassDeclaration,
  type ExportedDeclarations,
  type InterfaceDeclaration,
  type JSDoc,
  type JSDocTag,
  Node,
  Project,
  ts,
} from 'ts-morph';

const packageDirectory = join(import.meta.dirname, '..');

/** The entries of `package.json`, each with its file of declarations. */
function readEntries(): { readonly entry: string; readonly declarations: string }[] {
  const text = readFileSync(join(packageDirectory, 'package.json'), 'utf8');
  const { name, exports }: { name: string; exports: Record<string, { types: string }> } = JSON.parse(text);
  return Object.entries(exports).map(([path, { types }]) => ({
    entry: join(name, path),
    declarations: join(packageDirectory, types),
  }));
}

type Declared = readonly [name: string, declaration: ExportedDeclarations];

/** The text of `docs/client-api.md`: all exports of the package with their doc comments. */
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
  const described = new Set<string>();
  const sections = readEntries().map(({ entry, declarations }) => {
    const exported = project.addSourceFileAtPath(declarations).getExportedDeclarations();
    // An export that another entry re-exports is described once.
    const fresh = [...exported].flatMap(([name, [declaration]]): Declared[] =>
      declaration && !described.has(name) ? [[name, declaration]] : [],
    );
    for (const [name] of fresh) described.add(name);
    return section(entry, fresh);
  });
  const head = `# API of the client

All exports with their doc comments, written by \`npm run docs\`. Read [client.md](client.md) first.`;
  return formatted(linked(`${[head, ...sections].join('\n\n')}\n`, described));
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
    const inherited = names.length > 0 && `Extends ${names.join(' and ')} with:`;
    return paragraphs(heading, docOf(declaration.getJsDocs()), inherited, members(declaration));
  }
  throw new Error(`${name}: no rule for a ${declaration.getKindName()}.`);
}

/** Fields as a list; methods that have more to say than one paragraph as sections. */
function members(declaration: InterfaceDeclaration | ClassDeclaration): string {
  const shown = declaration
    .getMembers()
    .filter((member) => !(Node.isModifierable(member) && member.hasModifier('private')))
    .map((member) => ({
      name: Node.hasName(member) ? member.getName() : 'constructor',
      signature: signatureOf(member.getText()),
      doc: Node.isJSDocable(member) ? docOf(member.getJsDocs()) : '',
    }));
  const isSection = ({ doc }: { doc: string }) => doc.includes('\n\n');
  const list = shown.filter((each) => !isSection(each)).map(listItem);
  const sections = shown
    .filter(isSection)
    .map(({ name, signature, doc }) => paragraphs(`#### ${name}`, fence(signature), doc));
  return paragraphs(list.join('\n'), ...sections);
}

function listItem({ signature, doc }: { readonly signature: string; readonly doc: string }): string {
  if (signature.length <= 90) return `- \`${signature}\`${doc && ` — ${indented(doc)}`}`;
  return `- ${indented(paragraphs(fence(signature), doc))}`;
}

function indented(text: string): string {
  return text.replaceAll('\n', '\n  ');
}

/** A declaration on one line, without its comment and without the modules of its types. */
function signatureOf(text: string): string {
  return text
    .replace(/\/\*\*[\s\S]*?\*\//g, '')
    .replace(/\bwire\.|\bimport\("[^"]*"\)\./g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/;$/, '');
}

/** A doc comment as Markdown: description, parameters, result, error codes, examples. */
function docOf(docs: readonly JSDoc[]): string {
  const tags = docs.flatMap((doc) => doc.getTags());
  const textOf = (tag: JSDocTag) => (tag.getCommentText() ?? '').trim();
  const named = (name: string) => tags.filter((tag) => tag.getTagName() === name).map(textOf);
  const parameters = tags
    .filter((tag) => Node.isJSDocParameterTag(tag))
    .map((tag) => `- \`${tag.getName()}\`: ${indented(textOf(tag))}`);
  return paragraphs(
    ...docs.map((doc) => doc.getDescription().trim()),
    parameters.join('\n'),
    ...named('returns').map((text) => `Returns ${text}.`),
    ...named('throws').map((text) => `Throws ${text}.`),
    ...named('example'),
  );
}

/** `{@link Name}` as a link to its section; as code where the page has none. */
function linked(page: string, described: ReadonlySet<string>): string {
  return page.replace(/\{@link ([\w.]+)\}/g, (_, target: string) => {
    const [name = ''] = target.split('.');
    return described.has(name) ? `[${target}](#${name.toLowerCase()})` : `\`${target}\``;
  });
}

/** Formatted as all pages of the repository are, their code included. */
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
