import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { seededBytes } from './random.ts';
import { type Service, startService } from './service.ts';

const program = fileURLToPath(new URL('../../server/bin/bkend-storage.js', import.meta.url));

let service: Service;
beforeAll(async () => {
  service = await startService();
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

test('login keeps the key where nobody else can read it', async () => {
  const info = await stat(join(service.directory, 'config', 'bkend-storage', 'login.json'));
  expect(info.mode & 0o777).toBe(0o600);
});

test('a file that was put can be listed, read, renamed, got by id and by key, and removed', {
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
  expect((await run('rm', file.id)).code).toBe(2);
  expect((await run('rm', file.id, '--yes')).code).toBe(0);
  expect(await run('stat', file.id)).toMatchObject({ code: 1, stdout: '' });
});

test('of several files those that can be are put, and the exit code tells of the others', {
  timeout: 30_000,
}, async () => {
  await writeFile(join(service.directory, 'full.txt'), 'full');
  await writeFile(join(service.directory, 'empty.txt'), '');
  const put = await run('put', 'full.txt', 'empty.txt', '--json');
  expect(put.code).toBe(1);
  expect(ids(put.stdout)).toHaveLength(1);
  expect(put.stderr).toContain('file/file-too-small');
});

test('words that cannot be understood end with 2', { timeout: 30_000 }, async () => {
  for (const words of [
    ['put'],
    ['put', 'nowhere.txt'],
    ['ls', '--sort', 'colour'],
    ['url', 'x', '--expires-in', 'soon'],
  ]) {
    expect(await run(...words)).toMatchObject({ code: 2, stdout: '' });
  }
});

test('an upload ended by Ctrl-C goes on where it stopped', { timeout: 60_000 }, async () => {
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

test('sync uploads what is new or changed, and deletes what is gone when told to', {
  timeout: 90_000,
}, async () => {
  const folder = join(service.directory, 'site');
  await mkdir(join(folder, 'documents', 'old'), { recursive: true });
  await writeFile(join(folder, 'index.html'), 'one');
  await writeFile(join(folder, 'documents', 'old', 'b.txt'), 'two');
  expect((await run('sync', 'site', '--dry-run')).stdout).toContain('would upload  index.html');
  expect((await run('sync', 'site')).code).toBe(0);
  expect((await run('sync', 'site')).stdout).toBe('');
  await writeFile(join(folder, 'index.html'), 'ONE');
  await rm(join(folder, 'documents'), { recursive: true });
  expect((await run('sync', 'site', '--delete')).stdout).toBe(
    'uploaded  index.html\ndeleted  documents/old/b.txt\n',
  );
  const left = await run('ls', '--json', '--search', 'index.html');
  expect(ids(left.stdout)).toHaveLength(1);
});

test('doctor finds nothing wrong', { timeout: 30_000 }, async () => {
  const { code, stdout } = await run('doctor');
  expect(stdout).not.toContain('FAIL');
  expect(code).toBe(0);
});

test('with --json, what goes wrong is told in JSON too', { timeout: 30_000 }, async () => {
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

/** util-linux's, which runs a program on a terminal of its own. */
const hasTerminal = spawnSync('script', ['--version']).status === 0;

test.skipIf(!hasTerminal)(
  'a terminal is shown how far it is, above it what is done; a pipe only that',
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
    // The bar makes room for the answer, and remembers its line anew: from there it goes when it stops.
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
