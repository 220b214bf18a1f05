import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type ProxiedService, startProxiedService } from '../../test-support/src/service/proxied-service.ts';
import { seededBytes } from './seeded.ts';

const program = fileURLToPath(new URL('../../server/bin/bkend-storage.js', import.meta.url));

let service: ProxiedService;
beforeAll(async () => {
  service = await startProxiedService();
  const { code } = await run('login', '--url', service.api.url, '--key', service.secretKey);
  expect(code).toBe(0);
}, 60_000);
afterEach(() => {
  service.api.calm();
  service.objects.calm();
});
afterAll(() => service[Symbol.asyncDispose](), 60_000);

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const environment = () => ({
  ...process.env,
  HOME: service.directory,
  XDG_CONFIG_HOME: join(service.directory, 'config'),
  BKEND_IMAGES_URL: service.imagesUrl,
});

function run(...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: environment(), cwd: service.directory, maxBuffer: 1e8 };
    execFile(process.execPath, [program, ...words], options, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

const ids = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line): string => JSON.parse(line).id);

test('login writes the key to a file that only its user can read', async () => {
  const info = await stat(join(service.directory, 'config', 'bkend-storage', 'login.json'));
  expect(info.mode & 0o777).toBe(0o600);
});

test('an uploaded file can be listed, shown, renamed, downloaded by id and by key, and deleted', {
  timeout: 60_000,
}, async () => {
  await writeFile(join(service.directory, 'a.txt'), 'hello');
  const put = await run('put', 'a.txt', '--json', '--tag', 'x', '--visibility', 'public');
  const file = JSON.parse(put.stdout);
  expect(file).toMatchObject({
    originalName: 'a.txt',
    size: 5,
    visibility: 'public',
    metadata: { tags: ['x'] },
  });
  expect(ids((await run('ls', '--search', 'A.TX', '--json')).stdout)).toEqual([file.id]);
  expect((await run('mv', file.id, 'b.txt')).code).toBe(0);
  expect((await run('get', file.key)).code).toBe(0);
  expect(await readFile(join(service.directory, 'b.txt'), 'utf8')).toBe('hello');
  expect((await run('get', file.id, '-o', '-')).stdout).toBe('hello');
  expect((await run('rm', file.id, '--permanent')).code).toBe(2);
  expect((await run('rm', file.id, '--permanent', '--yes')).code).toBe(0);
  expect(await run('stat', file.id)).toMatchObject({ code: 1, stdout: '' });
});

test('put uploads the valid files, and its exit code reports the others', {
  timeout: 30_000,
}, async () => {
  await writeFile(join(service.directory, 'full.txt'), 'full');
  await writeFile(join(service.directory, 'empty.txt'), '');
  const put = await run('put', 'full.txt', 'empty.txt', '--json');
  expect(put.code).toBe(1);
  expect(ids(put.stdout)).toHaveLength(1);
  expect(put.stderr).toContain('file/file-too-small');
});

test('invalid arguments end with exit code 2', { timeout: 30_000 }, async () => {
  for (const words of [
    ['put'],
    ['put', 'nowhere.txt'],
    ['ls', '--sort', 'colour'],
    ['url', 'x', '--expires-in', 'soon'],
  ]) {
    expect(await run(...words)).toMatchObject({ code: 2, stdout: '' });
  }
});

test('an upload interrupted by Ctrl-C is resumed by the next put', { timeout: 60_000 }, async () => {
  await writeFile(join(service.directory, 'large.bin'), seededBytes(3, 40 * 2 ** 20));
  let puts = 0;
  service.objects.decide = () => (++puts > 2 ? { kind: 'stall' } : undefined);
  const child = spawn(process.execPath, [program, 'put', 'large.bin'], {
    env: environment(),
    cwd: service.directory,
  });
  await expect.poll(() => puts, { timeout: 20_000 }).toBeGreaterThan(2);
  await expect.poll(() => service.objects.answered, { timeout: 20_000 }).toBe(2);
  child.kill('SIGINT');
  expect((await once(child, 'exit'))[0]).toBe(130);

  service.objects.calm();
  expect((await run('put', 'large.bin')).code).toBe(0);
  expect(service.objects.seen.filter(({ method }) => method === 'PUT')).toHaveLength(3);
});

test('with --json, errors are JSON too', { timeout: 30_000 }, async () => {
  const nowhere = await run('--json', 'stat', 'no-such-file');
  expect(nowhere).toMatchObject({ code: 1, stdout: '' });
  expect(JSON.parse(nowhere.stderr)).toMatchObject({ error: { code: 'file/not-found' } });
  await writeFile(join(service.directory, 'nothing.txt'), '');
  const empty = await run('put', 'nothing.txt', '--json');
  expect(JSON.parse(empty.stderr)).toMatchObject({
    about: 'nothing.txt',
    error: { code: 'file/file-too-small' },
  });
});

/** `script` of util-linux, which runs a program on a terminal of its own. */
const hasTerminal = spawnSync('script', ['--version']).status === 0;

test.skipIf(!hasTerminal)(
  'a terminal shows a progress bar and above it the finished files; a pipe only the files',
  {
    timeout: 60_000,
  },
  async () => {
    await writeFile(join(service.directory, 'small.txt'), 'small');
    await writeFile(join(service.directory, 'film.bin'), seededBytes(5, 12 * 2 ** 20));
    service.objects.decide = () => ({ kind: 'slow', bytesPerSecond: 10 * 2 ** 20 });
    const words = [process.execPath, program, 'put', 'small.txt', 'film.bin'].join(' ');
    const terminal = spawn('script', ['--quiet', '--return', '--command', words, '/dev/null'], {
      env: environment(),
      cwd: service.directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let shown = '';
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
    expect((await once(terminal, 'close'))[0]).toBe(0);
    expect(shown).toMatch(/█+░* \d+% {2}[\d.]+ MB of 12\.6 MB {2}[\d.]+ .?B\/s {2}.*1\/2 files/);
    // The bar is erased for the line of a file, saves the position of its own line, and is erased there at the end.
    expect(shown.replaceAll('\u001b', 'ESC')).toMatch(
      /\rESC\[K\S+ {2}film\.bin {2}12\.6 MB\r\nESC7.*ESC8ESC\[1GESC\[2K$/,
    );

    service.objects.calm();
    const piped = await run('put', 'small.txt');
    expect(piped).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\S+ {2}small\.txt {2}5 B\n$/),
      stderr: '',
    });
  },
);
