import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { verifyStore } from '@bkend/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { killRepeatedly } from '../../../store/test/kill-repeatedly.ts';
import { sendSigned } from '../../../store/test/running-store.ts';
import { type SpawnedStore, spawnStore } from '../../../store/test/spawn-store.ts';

let directory: string;
let dataDir: string;
let running: SpawnedStore[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bkend-store-'));
  dataDir = join(directory, 'data');
  running = [];
});
afterEach(async () => {
  for (const store of running) await store.kill();
  await rm(directory, { recursive: true });
});

async function start(wrapper: readonly string[] = []): Promise<SpawnedStore> {
  const store = await spawnStore(dataDir, wrapper);
  running.push(store);
  return store;
}

/** Nothing damaged, nothing missing, nothing left over. */
async function expectSound(): Promise<void> {
  const findings: unknown[] = [];
  await verifyStore({ directory: dataDir, repair: false, onFinding: (finding) => findings.push(finding) });
  expect(findings).toEqual([]);
}

const put = (endpoint: string | undefined, key: string, body: Buffer) =>
  sendSigned(endpoint ?? '', new Date(), { method: 'PUT', path: `/bucket/${key}`, body });
const get = (endpoint: string | undefined, key: string) =>
  sendSigned(endpoint ?? '', new Date(), { path: `/bucket/${key}` });

const cycles = 20;

describe('a store that is killed', () => {
  it('again and again under load has everything it acknowledged, and nothing else', async () => {
    const acknowledgements = await killRepeatedly(dataDir, cycles);
    await expectSound();
    expect(acknowledgements).toBeGreaterThan(cycles);
  });
});

describe.skipIf(spawnSync('strace', ['-V']).error !== undefined)('a store under strace', () => {
  const strace = (...options: string[]) => [
    'strace',
    '-f',
    '-qq',
    '-o',
    join(directory, 'trace'),
    ...options,
  ];

  it('answers only after file and directory are synced, then the index', async () => {
    const calls = 'openat,fsync,fdatasync,rename,write,writev,pwrite64';
    const store = await start(strace('-y', '-s', '24', '-e', `trace=${calls}`));
    expect((await put(store.endpoint, 'traced', randomBytes(200_000))).status).toBe(200);
    await store.kill();
    const trace = await readFile(join(directory, 'trace'), 'utf8');
    const lines = trace.split('\n');
    const find = (pattern: RegExp) => lines.findLastIndex((line) => pattern.test(line));
    const synced = [find(/fsync\(\d+<[^>]*\/incoming\/[0-9a-f]{32}>/), find(/fsync\(\d+<[^>]*\/incoming>/)];
    expect(synced).not.toContain(-1);
    const order = [
      find(/openat\(.*\/incoming\/[0-9a-f]{32}", .*O_CREAT/),
      Math.min(...synced),
      Math.max(...synced),
      find(/fdatasync\(\d+<[^>]*data\.mdb>/),
      find(/rename\("[^"]*\/incoming\//),
      find(/write\(\d+<socket[^>]*>, "HTTP\/1\.1 200/),
    ];
    expect(order).not.toContain(-1);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it('that dies at any one system call of a write has the old bytes or the new ones', async () => {
    const old = randomBytes(150_000);
    const first = await start();
    expect((await put(first.endpoint, 'k', old)).status).toBe(200);
    await first.kill();
    const fresh = randomBytes(160_000);
    let deaths = 0;
    for (const name of ['pwrite64', 'writev', 'fsync', 'fdatasync', 'rename', 'unlink']) {
      for (let nth = 1; nth < 12; nth++) {
        const store = await start(
          strace('-e', `trace=${name}`, '-e', `inject=${name}:signal=KILL:when=${nth}`),
        );
        const isAlive =
          store.endpoint !== undefined &&
          (await put(store.endpoint, 'k', fresh).then(
            () => true,
            () => false,
          ));
        await store.kill();
        const again = await start();
        const { body } = await get(again.endpoint, 'k');
        expect(body.equals(fresh) || (!isAlive && body.equals(old)), `${name} ${nth}`).toBe(true);
        expect(await readdir(join(dataDir, 'incoming'))).toEqual([]);
        expect((await put(again.endpoint, 'k', old)).status).toBe(200);
        await again.kill();
        if (isAlive) break;
        deaths++;
      }
    }
    expect(deaths).toBeGreaterThan(5);
    await expectSound();
  });

  it('takes no more writes after a failed fsync, and goes on reading', async () => {
    const store = await start();
    expect((await put(store.endpoint, 'before', Buffer.from('x'))).status).toBe(200);
    await store.kill();
    const failing = await start(
      strace('-y', '-e', 'trace=fsync', '-P', join(dataDir, 'incoming'), '-e', 'inject=fsync:error=EIO'),
    );
    expect((await put(failing.endpoint, 'lost', randomBytes(200_000))).code).toBe('ServiceUnavailable');
    expect((await put(failing.endpoint, 'small', Buffer.from('x'))).code).toBe('ServiceUnavailable');
    expect((await get(failing.endpoint, 'before')).text).toBe('x');
    expect(await (await fetch(`${failing.endpoint}/health`)).json()).toMatchObject({ ok: false });
  });
});

const canMount = process.getuid?.() === 0 && spawnSync('mount', ['-V']).error === undefined;

describe.skipIf(!canMount)('a store on a small disk (needs root)', () => {
  beforeEach(() => {
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=28m', 'tmpfs', directory]);
  });
  afterEach(async () => {
    for (const store of running) await store.kill();
    spawnSync('umount', [directory]);
  });

  it.each([20_000, 200_000])(
    'says when it is full, keeps all it has, and goes on when there is room (%i bytes)',
    async (size) => {
      const store = await start();
      const body = randomBytes(size);
      const stored: string[] = [];
      for (;;) {
        const answer = await put(store.endpoint, `k${stored.length}`, body);
        if (answer.status !== 200) {
          expect(answer.code).toBe('InsufficientStorage');
          break;
        }
        stored.push(`k${stored.length}`);
      }
      expect(await (await fetch(`${store.endpoint}/health`)).json()).toMatchObject({ ok: true });
      for (const key of stored.slice(0, 200))
        expect((await get(store.endpoint, key)).body.equals(body)).toBe(true);
      const remove = (key: string) =>
        sendSigned(store.endpoint ?? '', new Date(), { method: 'DELETE', path: `/bucket/${key}` });
      for (const key of stored.splice(0, stored.length / 2)) expect((await remove(key)).status).toBe(204);
      await pause(1100); // as long as a measurement of free space counts
      expect((await put(store.endpoint, 'after', body)).status).toBe(200);
      await store.kill();
      await expectSound();
    },
  );

  it('starts without a byte of room, and reads', async () => {
    const body = randomBytes(200_000);
    const before = await start();
    expect((await put(before.endpoint, 'kept', body)).status).toBe(200);
    await before.kill();
    const filler = await open(join(directory, 'filler'), 'w');
    await expect(filler.writeFile(Buffer.alloc(32 * 1024 * 1024))).rejects.toMatchObject({ code: 'ENOSPC' });
    await filler.close();
    const full = await start();
    expect((await get(full.endpoint, 'kept')).body.equals(body)).toBe(true);
    expect((await put(full.endpoint, 'more', body)).code).toBe('InsufficientStorage');
    await rm(join(directory, 'filler'));
    await pause(1100); // as long as a measurement of free space counts
    expect((await put(full.endpoint, 'more', Buffer.from('x'))).status).toBe(200);
    await full.kill();
    await expectSound();
  });
});
