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

/** The packages that are installed alone or by another of ours; all are ESM only. */
describe.each(['client', 'contract', 'sigv4'])('the published package %s', (name) => {
  const packageDirectory = join(packages, name);
  let directory: string;
  let tarball: Uint8Array;
  let paths: readonly string[];
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bkend-pack-'));
    const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory];
    const printed = execFileSync('npm', words, { cwd: packageDirectory, encoding: 'utf8' });
    // One package was packed.
    const [packed] = JSON.parse(printed) as [{ files: { path: string }[] }];
    paths = packed.files.map(({ path }) => path);
    const [file = ''] = await readdir(directory);
    tarball = await readFile(join(directory, file));
  });
  afterAll(() => rm(directory, { recursive: true }));

  test('it passes publint', async () => {
    const pkg: object = JSON.parse(await readFile(join(packageDirectory, 'package.json'), 'utf8'));
    const buffer = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength);
    const { messages } = await publint({ pack: { tarball: buffer as ArrayBuffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test('every resolver finds its types', async () => {
    const analysis = await checkPackage(createPackageFromTarballData(tarball));
    if (!analysis.types) throw new Error('There are no types at all.');
    // CommonJS needs import(), and TypeScript's node10 has no exports: both report that themselves.
    const problems = analysis.problems.filter(
      (problem) =>
        problem.kind !== 'CJSResolvesToESM' &&
        !('resolutionKind' in problem && problem.resolutionKind === 'node10'),
    );
    expect(problems).toEqual([]);
  });

  test('it contains no tests and no sources', () => {
    expect(paths).toContain('package.json');
    expect(paths.filter((path) => /\.test\.|(^|\/)test\/|^src\//.test(path))).toEqual([]);
  });
});

describe('a bundler', () => {
  /** Characters of the bundle of an app with this code alone. */
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
    'an unused import of %s adds nothing to a bundle',
    async (entry) => {
      expect(await costOf(`import ${JSON.stringify(entry)};`)).toBe(0);
      expect(await costOf(`import * as all from ${JSON.stringify(entry)};`)).toBe(0);
    },
  );

  test('an import of the error class alone adds less than a tenth of the client', async () => {
    const whole = await costOf("import { createStorage } from '@bkend/storage'; console.log(createStorage)");
    const error = await costOf("import { StorageError } from '@bkend/storage'; console.log(StorageError)");
    expect(error).toBeLessThan(whole / 10);
  });
});
