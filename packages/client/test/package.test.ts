import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const packages = join(import.meta.dirname, '../..');

/** Those that are installed by themselves or by another of ours; all are modules only. */
describe.each(['client', 'contract', 'sigv4'])('the package of %s, as it is published', (name) => {
  const packageDirectory = join(packages, name);
  let directory: string;
  let tarball: Uint8Array;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bkend-pack-'));
    const words = ['pack', '--silent', '--ignore-scripts', '--pack-destination', directory];
    execFileSync('npm', words, { cwd: packageDirectory });
    const [file = ''] = await readdir(directory);
    tarball = await readFile(join(directory, file));
  });
  afterAll(() => rm(directory, { recursive: true }));

  test('is well-formed', async () => {
    const pkg: object = JSON.parse(await readFile(join(packageDirectory, 'package.json'), 'utf8'));
    const buffer = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength);
    const { messages } = await publint({ pack: { tarball: buffer as ArrayBuffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test('has types that every resolver finds right', async () => {
    const analysis = await checkPackage(createPackageFromTarballData(tarball));
    if (!analysis.types) throw new Error('There are no types at all.');
    // CommonJS reaches modules with import() alone, and TypeScript's node10 knows no exports: both say so themselves.
    const problems = analysis.problems.filter(
      (problem) =>
        problem.kind !== 'CJSResolvesToESM' &&
        !('resolutionKind' in problem && problem.resolutionKind === 'node10'),
    );
    expect(problems).toEqual([]);
  });

  test('carries what its entries need and nothing that tests do', async () => {
    const { files } = JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
        cwd: packageDirectory,
        encoding: 'utf8',
      }),
    )[0];
    const paths: string[] = files.map((file: { path: string }) => file.path);
    expect(paths.filter((path) => /\.test\.|(^|\/)test\/|^src\//.test(path))).toEqual([]);
  });
});

describe('a bundler', () => {
  /** Characters of what an app that says only this ends up with. */
  async function costOf(contents: string): Promise<number> {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: import.meta.dirname },
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      platform: 'browser',
      external: ['react'],
      logLevel: 'silent',
      write: false,
    });
    return outputFiles[0]?.contents.length ?? 0;
  }

  test.each(['@bkend/storage', '@bkend/storage/react', '@bkend/storage/uppy'])(
    'leaves out all of %s where nothing of it is used',
    async (entry) => {
      expect(await costOf(`import ${JSON.stringify(entry)};`)).toBe(0);
      expect(await costOf(`import * as all from ${JSON.stringify(entry)};`)).toBe(0);
    },
  );

  test('leaves out the client where only its error is used', async () => {
    const whole = await costOf("import { createStorage } from '@bkend/storage'; console.log(createStorage)");
    const error = await costOf("import { StorageError } from '@bkend/storage'; console.log(StorageError)");
    expect(error).toBeLessThan(whole / 10);
  });
});
