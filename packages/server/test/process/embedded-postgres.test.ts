import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/observability/logger.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/postgres/embedded/embedded-postgres.ts';
import { findEmbeddedDatabaseUrl } from '../../src/postgres/embedded/find-embedded-database.ts';

const log = createLogger({ level: 'silent', role: 'test' });
let dataDir: string;
let running: EmbeddedPostgres | undefined;

beforeEach(async () => {
  // mkdtemp makes folders that only their owner may enter, root's included.
  dataDir = join(await mkdtemp(join(tmpdir(), 'bkend-embedded-')), 'data');
});
afterEach(async () => {
  await running?.[Symbol.asyncDispose]();
  running = undefined;
  await rm(join(dataDir, '..'), { recursive: true });
});

async function start(): Promise<EmbeddedPostgres> {
  running = await startEmbeddedPostgres({ dataDir, log });
  return running;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

describe('startEmbeddedPostgres', () => {
  it('starts below a folder that is closed to others, durable and in UTF-8', async () => {
    const { url } = await start();
    const settings = [
      'fsync',
      'full_page_writes',
      'synchronous_commit',
      'server_encoding',
      'listen_addresses',
    ];
    const shown = await query(
      url,
      `select ${settings.map((name) => `current_setting('${name}')`).join(', ')}`,
    );
    expect(shown).toEqual(['on', 'on', 'on', 'UTF8', '127.0.0.1']);
  });

  it('treats letters of every script as letters in searches of names', async () => {
    const { url } = await start();
    await query(url, 'create extension pg_trgm');
    expect(await query(url, `select show_trgm('한글')`)).not.toEqual([[]]);
  });

  it('refuses a login without the password', async () => {
    const { url } = await start();
    const guess = new URL(url);
    guess.password = 'guess';
    await expect(query(guess.href, 'select 1')).rejects.toThrow(/password authentication failed/);
  });

  it('keeps its data and its port from one start to the next', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 1 as x');
    await first[Symbol.asyncDispose]();
    expect(await findEmbeddedDatabaseUrl(dataDir)).toBeUndefined();
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'select x from kept')).toEqual([1]);
  });

  it('is found by other processes while it runs', async () => {
    const { url } = await start();
    expect(await findEmbeddedDatabaseUrl(dataDir)).toBe(url);
  });

  it('listens on another port when its own is taken', async () => {
    const first = await start();
    await first[Symbol.asyncDispose]();
    const thief = createServer().listen(portOf(first.url), '127.0.0.1');
    await once(thief, 'listening');
    try {
      const second = await start();
      expect(portOf(second.url)).not.toBe(portOf(first.url));
      expect(await query(second.url, 'select 1')).toEqual([1]);
    } finally {
      thief.close();
    }
  });

  it('creates a whole cluster after a start that was interrupted while it created one', async () => {
    const half = join(dataDir, 'postgres', 'initdb-data');
    await mkdir(half, { recursive: true });
    await writeFile(join(half, 'PG_VERSION'), '18\n');
    await chmod(half, 0o700);
    expect(await query((await start()).url, 'select 1')).toEqual([1]);
    await expect(stat(half)).rejects.toThrow(/ENOENT/);
  });

  it('reports when the server ends by itself, and starts again on its data', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 1 as x');
    const [pid] = (await readFile(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8')).split(
      '\n',
    );
    process.kill(Number(pid), 'SIGKILL');
    expect((await first.failure).message).toBe('PostgreSQL ended by itself (SIGKILL).');
    expect(await query((await start()).url, 'select x from kept')).toEqual([1]);
  });

  it('replaces a server whose parent was killed', async () => {
    const parent = fork(join(import.meta.dirname, 'postgres-parent.js'), [dataDir]);
    const [url] = await once(parent, 'message');
    await query(url, 'create table kept as select 1 as x');
    const killed = once(parent, 'exit');
    parent.kill('SIGKILL');
    await killed;
    expect(await query(url, 'select x from kept')).toEqual([1]);
    const { url: next } = await start();
    expect(next).toBe(url);
    expect(await query(next, 'select x from kept')).toEqual([1]);
  });

  it.runIf(process.geteuid?.() === 0)(
    'names the user that a cluster must belong to, when a copy of it belongs to root',
    async () => {
      await (await start())[Symbol.asyncDispose]();
      running = undefined;
      const cluster = join(dataDir, 'postgres', 'cluster');
      const { uid, gid } = await stat(cluster);
      await promisify(execFile)('chown', ['-R', '0:0', cluster]);
      await expect(start()).rejects.toThrow(`"chown -R ${uid}:${gid} ${cluster}" gives it back.`);
    },
  );
});
