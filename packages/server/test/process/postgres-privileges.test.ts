import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSecrets } from '../../src/data-dir/secrets.ts';
import { createLogger } from '../../src/observability/logger.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/postgres/embedded/embedded-postgres.ts';
import { unpackDataDirectory } from '../upgrade/unpack-data-directory.ts';

const log = createLogger({ level: 'silent', role: 'test' });
let directory: string;
let running: EmbeddedPostgres | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bkend-privileges-'));
});
afterEach(async () => {
  await running?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function start(dataDir: string): Promise<EmbeddedPostgres> {
  await running?.[Symbol.asyncDispose]();
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

/** proc_pid_status(5) of the server on a data directory. */
async function statusOfServer(dataDir: string): Promise<string> {
  const [pid] = (await readFile(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8')).split('\n');
  return readFile(`/proc/${pid}/status`, 'utf8');
}

/** Statements that read files or run programs on the machine. */
const reaching = [
  `select pg_read_file('/etc/passwd')`,
  `select pg_read_binary_file('postgresql.conf')`,
  `select pg_ls_dir('/')`,
  `select lo_import('/etc/passwd')`,
  `copy (select 1) to '/tmp/bkend-written-by-sql'`,
  `copy (select 1) to program 'id'`,
  `do $$ begin create temp table seen (line text); copy seen from program 'id'; end $$`,
  `do $$ begin create temp table seen (line text); copy seen from '/etc/passwd'; end $$`,
  `create role another superuser`,
  `create role another login`,
  `grant pg_read_server_files to current_user`,
  `alter role current_user superuser`,
  `alter system set archive_command = 'id'`,
  `create extension file_fdw`,
  `create extension dblink`,
  `set role postgres`,
  `create function run(text) returns int language c as 'libc.so.6', 'system'`,
];

describe.runIf(process.platform === 'linux')('the server', () => {
  it.each(['.', 'below/a/closed/folder'])(
    'has no capability, group or new privilege from its first start on, in %s',
    async (below) => {
      const dataDir = join(directory, below, 'data');
      for (const _ of ['first', 'second', 'third']) {
        await start(dataDir);
        const status = await statusOfServer(dataDir);
        for (const set of ['Inh', 'Prm', 'Eff', 'Amb'])
          expect(status).toMatch(new RegExp(`^Cap${set}:\\s+0+$`, 'm'));
        expect(status).not.toMatch(/^Uid:.*\b0\b/m);
        if (process.geteuid?.() === 0) expect(status).toMatch(/^Groups:\s*$/m);
        expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
      }
      // No other user needs to pass through it.
      expect((await stat(dataDir)).mode & 0o077).toBe(0);
    },
  );
});

describe('the role of the service', () => {
  it('is no superuser, and reads and runs nothing on the machine', async () => {
    const { url } = await start(join(directory, 'data'));
    expect(new URL(url).username).toBe('bkend_service');
    expect(await query(url, `select rolname from pg_roles where rolsuper and rolcanlogin`)).toEqual([]);
    for (const statement of reaching) {
      await expect(query(url, statement), statement).rejects.toThrow(
        /permission denied|must be superuser|not available|Only roles with|superuser/,
      );
    }
  });

  it('is the only one that can log in: the superuser cannot, with any password', async () => {
    const { url } = await start(join(directory, 'data'));
    const asSuperuser = new URL(url);
    asSuperuser.username = 'postgres';
    await expect(query(asSuperuser.href, 'select 1')).rejects.toThrow(
      /password authentication failed|not permitted to log in/,
    );
  });

  it('may run migrations, and sees its own sessions', async () => {
    const { url } = await start(join(directory, 'data'));
    for (const made of ['extension pg_trgm', 'extension btree_gin', 'schema bkend'])
      await query(url, `create ${made}`);
    const named = new URL(url);
    named.searchParams.set('application_name', 'a role');
    expect(
      await query(named.href, `select application_name from pg_stat_activity where pid = pg_backend_pid()`),
    ).toEqual(['a role']);
  });
});

describe('a cluster of the first release, in which the service was a superuser', () => {
  it('starts with all its data, owned by a role that is no superuser, and starts again', async () => {
    const dataDir = await unpackDataDirectory();
    try {
      for (const _ of ['first', 'second']) {
        const { url } = await start(dataDir);
        expect(new URL(url).password).toBe((await readSecrets(dataDir)).postgresPassword);
        expect(await query(url, `select rolname from pg_roles where rolsuper and rolcanlogin`)).toEqual([]);
        const owners = `select distinct relowner::regrole::text from pg_class where relnamespace = 'bkend'::regnamespace`;
        expect(await query(url, owners)).toEqual(['bkend_service']);
        const asSuperuser = new URL(url);
        asSuperuser.username = 'postgres';
        await expect(query(asSuperuser.href, 'select 1')).rejects.toThrow(/password authentication failed/);
        const [files] = await query(url, 'select count(*)::int from bkend.files');
        expect(files).toBeGreaterThan(0);
        await query(url, 'alter table bkend.files add column if not exists added text');
        await expect(query(url, `select pg_read_file('/etc/passwd')`)).rejects.toThrow(/permission denied/);
      }
    } finally {
      await running?.[Symbol.asyncDispose]();
      running = undefined;
      await rm(join(dataDir, '..'), { recursive: true });
    }
  });
});
