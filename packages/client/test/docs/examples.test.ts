import { execFile } from 'node:child_process';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startProxiedService } from '../../../test-support/src/service/proxied-service.ts';
import {
  compileVue,
  type Example,
  openWorkshop,
  readDocCommentExamples,
  readExample,
  readExamples,
} from './examples.ts';

const execute = promisify(execFile);
const root = join(import.meta.dirname, '../../../..');
const sample = join(root, 'packages/server/assets/sample.jpg');

/** Declarations that the examples use: variables of an app, and its module with the client. */
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

/** A fragment as a module: its imports, and its statements in an async function. */
function asModule(code: string): string {
  if (/^export /m.test(code)) return code;
  const imports = code.match(/^import .*$/gm) ?? [];
  const rest = code.replace(/^import .*$/gm, '');
  return `${imports.join('\n')}\nexport async function example() {\n${rest}\n}`;
}

test.each<[string, () => Promise<Example[]>]>([
  ['docs/client.md', readExamples],
  ['the doc comments', readDocCommentExamples],
])('every TypeScript example of %s compiles', async (_, read) => {
  await using workshop = await openWorkshop();
  const typed = (await read()).filter(({ language }) => ['ts', 'tsx', 'vue'].includes(language));
  expect(typed.length).toBeGreaterThan(8);
  for (const [index, { language, code }] of typed.entries()) {
    const name = `example-${index}.${language === 'tsx' ? 'tsx' : 'ts'}`;
    await workshop.write(
      name,
      language === 'ts' ? asModule(code) : language === 'vue' ? compileVue(code) : code,
    );
  }
  await workshop.write('storage.ts', surroundings);
  await workshop.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts', '*.tsx'] }));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await execute(process.execPath, [compiler, '-p', workshop.directory]).catch(
    (failure: { stdout: string }) => failure,
  );
  expect(stdout).toBe('');
});

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

test('the example for Node uploads an image, prints its URL, and downloads it to disk', async () => {
  await using service = await startProxiedService();
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
