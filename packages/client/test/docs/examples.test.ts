import { execFile } from 'node:child_process';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startService } from '../service.ts';
import { compileVue, openWorkshop, readExample, readExamples } from './examples.ts';

const execute = promisify(execFile);
const root = join(import.meta.dirname, '../../../..');
const sample = join(root, 'packages/server/assets/sample.jpg');

/** What the page takes for granted: an app's own variables, and where it keeps its client. */
const surroundings = `
import { createStorage, type StoredFile } from '@bkend/storage';
export const storage = createStorage({ url: 'http://127.0.0.1:4500', apiKey: 'pk_…' });
type Storage = typeof storage;
declare global {
  var storage: Storage;
  var session: { token(): Promise<string> };
  var file: File & StoredFile;
  var blob: Blob;
  var image: HTMLImageElement;
  var input: { files: FileList };
  var bar: { show(bytes: number, total: number | undefined): void };
  var id: string;
  var ids: string[];
  function show(message: string, canRetry: boolean): void;
}`;

/** A piece of a program as a whole one: its imports, and the rest where it may wait and return. */
function asModule(code: string): string {
  if (/^export /m.test(code)) return code;
  const imports = code.match(/^import .*$/gm) ?? [];
  const rest = code.replace(/^import .*$/gm, '');
  return `${imports.join('\n')}\nexport async function example() {\n${rest}\n}`;
}

test('every example of docs/client.md has the types that it says', async () => {
  await using workshop = await openWorkshop();
  const examples = await readExamples();
  const typed = examples.filter(({ language }) => ['ts', 'tsx', 'vue'].includes(language));
  expect(typed.length).toBeGreaterThan(8);
  for (const [index, { language, code }] of typed.entries()) {
    const name = `example-${index}.${language === 'tsx' ? 'tsx' : 'ts'}`;
    await workshop.write(
      name,
      language === 'ts' ? asModule(code) : language === 'vue' ? compileVue(code) : code,
    );
  }
  await workshop.write('storage.ts', surroundings);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
    jsx: 'react-jsx',
    lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
    types: ['node'],
  };
  await workshop.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts', '*.tsx'] }));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await execute(process.execPath, [compiler, '-p', workshop.directory]).catch(
    (failure: { stdout: string }) => failure,
  );
  expect(stdout).toBe('');
});

test('the example for Node uploads a picture, shows its URL, and writes it to disk', async () => {
  await using service = await startService();
  await using workshop = await openWorkshop();
  await workshop.write('example.mjs', await readExample('Node'));
  await copyFile(sample, join(workshop.directory, 'photo.jpg'));
  const { stdout } = await execute(process.execPath, ['example.mjs'], {
    cwd: workshop.directory,
    env: { ...process.env, BKEND_URL: service.api.url, BKEND_KEY: service.secretKey },
  });
  const shown = await fetch(stdout.trim());
  expect({ status: shown.status, type: shown.headers.get('Content-Type') }).toEqual({
    status: 200,
    type: expect.stringMatching(/^image\//),
  });
  const [original, copy] = await Promise.all([
    readFile(sample),
    readFile(join(workshop.directory, 'copy.jpg')),
  ]);
  expect(copy.equals(original)).toBe(true);
});
