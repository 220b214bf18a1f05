import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createBrotliDecompress } from 'node:zlib';
import pg from 'pg';
import { pino } from 'pino';
import { startEmbeddedPostgres } from '../../src/postgres/embedded/embedded-postgres.ts';
import { findOperatingUser } from '../../src/postgres/embedded/operating-user.ts';

const release = join(import.meta.dirname, 'first-release');

/** A file or an open upload of the data directory, as `contents.json` says. */
interface Recorded {
  readonly tenant: string;
  /** A user's name, or `secret` for the tenant's secret key. */
  readonly by: string;
  readonly key: string;
  readonly originalName: string;
  readonly mimeType: string;
  readonly size: number;
  /** Hex, of all bytes. */
  readonly sha256: string;
}

export interface RecordedFile extends Recorded {
  readonly id: string;
  readonly etag: string;
  readonly visibility: string;
  readonly sharedWith?: readonly string[];
}

export interface RecordedUpload extends Recorded {
  readonly state: 'presigned' | 'sent' | 'sent-unannounced' | 'multipart-open' | 'multipart-completed';
  readonly announced?: boolean;
  /** Ids of multipart uploads. */
  readonly uploadId?: string;
  readonly parts?: readonly { readonly partNumber: number; readonly etag: string }[];
}

export interface Contents {
  readonly madeAt: string;
  readonly files: readonly RecordedFile[];
  readonly uploads: readonly RecordedUpload[];
}

/** Contents of the data directory of the first release. */
export async function readContents(): Promise<Contents> {
  return JSON.parse(await readFile(join(release, 'contents.json'), 'utf8'));
}

/** A key of the data directory: `upgradeKey('default/dev', 'publishable')`. */
export function upgradeKey(tenant: string, type: 'publishable' | 'secret'): string {
  const digits = createHash('sha256').update(`upgrade ${tenant} ${type}`).digest('hex');
  return `${type === 'secret' ? 'sk' : 'pk'}_${digits}`;
}

/**
 * Unpacks the data directory of the first release into a new temporary folder, and moves the times in its database so that
 * its files were registered and its uploads begun a minute ago.
 * @returns the data directory; the caller removes it
 */
export async function unpackDataDirectory(): Promise<string> {
  // mkdtemp makes folders that only their owner enters; the embedded PostgreSQL of root is another user.
  const dataDir = join(await mkdtemp(join(tmpdir(), 'bkend-upgrade-')), 'data');
  // From a file: tar stops reading at the end of its archive, and a pipe may still have padding then.
  const archive = `${dataDir}.tar`;
  await pipeline(
    createReadStream(join(release, 'data-directory.tar.br')),
    createBrotliDecompress(),
    createWriteStream(archive),
  );
  await mkdir(dataDir);
  await promisify(execFile)('tar', ['-x', '-f', archive, '-C', dataDir]);
  await rm(archive);
  await giveToOperatingUser(join(dataDir, 'postgres'));
  await moveTimes(dataDir);
  return dataDir;
}

/** As an archive that root unpacks keeps owners: the cluster is the operating user's, not root's. */
async function giveToOperatingUser(directory: string): Promise<void> {
  const user = await findOperatingUser(join(directory, 'cluster'));
  if (user === undefined) return;
  await once(spawn('chown', ['-R', `${user.uid}:${user.gid}`, directory]), 'close');
}

async function moveTimes(dataDir: string): Promise<void> {
  const { madeAt } = await readContents();
  const server = await startEmbeddedPostgres({ dataDir, log: pino({ level: 'silent' }) });
  try {
    const client = new pg.Client(server.url);
    await client.connect();
    const by = [`${Date.now() - 60_000 - Date.parse(madeAt)} milliseconds`];
    await client.query(
      'update bkend.files set created_at = created_at + $1, updated_at = updated_at + $1',
      by,
    );
    await client.query(
      'update bkend.shares set created_at = created_at + $1, updated_at = updated_at + $1',
      by,
    );
    await client.query(
      'update bkend.uploads set created_at = created_at + $1, expires_at = expires_at + $1',
      by,
    );
    await client.query('update bkend.api_keys set created_at = created_at + $1', by);
    await client.end();
  } finally {
    await server[Symbol.asyncDispose]();
  }
}
