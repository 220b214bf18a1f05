import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DownloadUrlAnswer, FileView } from '@bkend/storage-contract';
import { inject } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { runCommand } from '../../../test-support/src/process/run-command.ts';
import type { ServiceAddresses } from '../../../test-support/src/service/start-service.ts';
import type { Tenant } from '../../../test-support/src/tenant/tenant.ts';

export interface Counts {
  readonly imported: number;
  readonly bytes: number;
  readonly present: number;
  readonly failed: number;
  readonly failures?: string;
}

export interface Failure {
  readonly at: string;
  readonly code?: string;
  readonly message: string;
}

/** A folder of the test's own. */
export async function makeFolder(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'moving-'));
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), bytes);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export const jsonLines = (records: readonly object[]) =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** Runs `import` into the tenant. */
export async function runImport(
  tenant: Pick<Tenant, 'project'>,
  source: string,
  {
    words = [],
    env = {},
    service = inject('service'),
  }: {
    readonly words?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly service?: ServiceAddresses;
  } = {},
): Promise<{ code: number | null; counts: Counts; failures: Failure[]; stderr: string }> {
  await using folder = await makeFolder();
  const log = join(folder.path, 'failures.jsonl');
  const { code, stdout, stderr } = await runCommand(
    ['import', source, '--project', tenant.project, '--failures', log, ...words, '--json'],
    { ...service.env, ...env },
  );
  const text = await readFile(log, 'utf8').catch(() => '');
  const failures = text.split('\n').filter(Boolean);
  return {
    code,
    // The caller knows what the command prints; without output the test fails by what it expects of them.
    counts: (stdout === '' ? {} : JSON.parse(stdout)) as Counts,
    failures: failures.map((line): Failure => JSON.parse(line)),
    stderr,
  };
}

/** The bytes of a file, as a client downloads them. */
export async function readBytes(client: Client, id: string): Promise<Buffer> {
  const { url } = await client.ask<DownloadUrlAnswer>('POST', `/v1/files/${id}/download-url`, {
    expiresIn: 600,
  });
  const response = await fetch(url);
  if (!response.ok) throw new Error(`GET → ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

/** The fields that moving keeps of every file of a tenant, with the hash of its bytes, in the order of ids. */
export async function contentsOf(client: Client): Promise<object[]> {
  const { items } = await client.ask<{ items: FileView[] }>('GET', '/v1/files?limit=100');
  const kept = items.map(async (file) => {
    const { permissions, etag, url, ...fields } = file;
    const bytes = await readBytes(client, file.id);
    return { ...fields, sha256: createHash('sha256').update(bytes).digest('hex') };
  });
  return (await Promise.all(kept)).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Files of several owners, visibilities and folders, with names that are no names of local files. */
export async function fillTenant(tenant: Tenant): Promise<FileView[]> {
  const [alice, bob] = await Promise.all([tenant.user('alice'), tenant.user('bob')]);
  const files = [
    await uploadFile(alice, { originalName: 'notes.txt', folder: 'a/b', metadata: { tags: ['x', 'y'] } }),
    await uploadFile(alice, {
      originalName: 'CON: <?>|*.md',
      mimeType: 'text/markdown',
      visibility: 'public',
    }),
    await uploadFile(bob, { originalName: `${'가'.repeat(80)}.bin`, mimeType: 'application/x-y' }),
    await uploadFile(bob, {
      originalName: 'notes.txt',
      visibility: 'shared',
      sharedWith: ['alice', 'carol'],
    }),
    await uploadFile(tenant.admin, { originalName: 'server.txt', bytes: Buffer.alloc(300_000, 'x') }),
  ];
  const { id } = await uploadFile(alice, { originalName: 'in the trash.txt' });
  await alice.ask('DELETE', `/v1/files/${id}?trash=true`);
  return files;
}
