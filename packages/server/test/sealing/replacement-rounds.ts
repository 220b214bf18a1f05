import { createHash, randomBytes } from 'node:crypto';
import { defaultLimits } from '@bkend/storage-contract';
import { v7 as uuidv7 } from 'uuid';
import { expect } from 'vitest';
import { refusalCode } from '../../../test-support/src/samples/refusal-code.ts';
import { newTenant, user } from '../../../test-support/src/samples/samples.ts';
import type { ObjectStore } from '../../src/files/object-store.ts';
import type { User } from '../../src/identity/caller.ts';
import type { Database } from '../../src/postgres/database/database.ts';
import { createFileRepository } from '../../src/postgres/file-repository.ts';
import { createUploadRepository } from '../../src/postgres/uploads/upload-repository.ts';
import { createUsageLedger } from '../../src/postgres/usage/usage-ledger.ts';
import { createVersionRepository } from '../../src/postgres/versions/version-repository.ts';
import { settingsInForce } from '../../src/projects/environment-settings.ts';
import { OpenUploadsBudget } from '../../src/uploads/open-uploads.ts';
import { presignContents, presignUpload } from '../../src/uploads/presign-upload.ts';
import { Quotas } from '../../src/uploads/quotas.ts';
import { registerFile } from '../../src/uploads/register-file.ts';
import { replaceContents } from '../../src/uploads/replace-contents.ts';
import { put, readAll } from '../object-store/client.ts';
import { doAllPurges } from './sealing-rounds.ts';

const writers = 16;
const keep = 100;
const png = { 'content-type': 'image/png' };

interface Backends {
  readonly store: ObjectStore;
  readonly database: Database;
}

function openWorld({ store, database }: Backends) {
  const uploads = createUploadRepository(database);
  const own = { 'versions.keep': keep };
  return {
    files: createFileRepository(database),
    versions: createVersionRepository(database),
    usage: createUsageLedger(database),
    uploads,
    openUploads: new OpenUploadsBudget(uploads),
    quotas: new Quotas(createUsageLedger(database)),
    objects: store,
    clock: () => new Date(),
    newId: uuidv7,
    limits: defaultLimits,
    imageUrl: (path: string) => path,
    hasOlderProcesses: () => false,
    findSettings: async () => settingsInForce(own, { limits: defaultLimits, corsOrigins: '*' as const }),
  };
}

type World = ReturnType<typeof openWorld>;

const etagOf = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');

async function newFile(world: World, alice: User) {
  const bytes = randomBytes(300);
  const { key, url } = await presignUpload(world, alice, { filename: 'a.png', contentType: 'image/png' });
  await put(url, bytes, png);
  const registration = { s3Key: key, originalName: 'a.png', mimeType: 'image/png', size: bytes.length };
  return registerFile(world, alice, registration);
}

async function send(world: World, alice: User, fileId: string) {
  const bytes = randomBytes(200 + Math.floor(Math.random() * 200));
  const { key, url } = await presignContents(world, alice, { fileId, request: { contentType: 'image/png' } });
  await put(url, bytes, png);
  return { bytes, request: { uploadKey: key, size: bytes.length, mimeType: 'image/png' } };
}

/**
 * Any number of replacements of one file by 16 writers. Each acknowledged one has a version number of its own, the versions are
 * the latest that were acknowledged, with their bytes, and nothing else is left.
 */
export async function playReplacements(count: number, backends: Backends): Promise<void> {
  const world = openWorld(backends);
  const alice = user(newTenant(), 'alice');
  const file = await newFile(world, alice);
  const etags = new Map([[1, file.etag]]);
  let begun = 0;
  const write = async () => {
    while (begun < count) {
      begun += 1;
      const { bytes, request } = await send(world, alice, file.id);
      const replaced = await replaceContents(world, alice, { fileId: file.id, request });
      expect(replaced).toMatchObject({ etag: etagOf(bytes), size: bytes.length });
      expect(etags.has(replaced.version)).toBe(false);
      etags.set(replaced.version, replaced.etag);
    }
  };
  await Promise.all(Array.from({ length: writers }, write));

  const newest = await world.files.find(alice.tenant, file.id);
  expect(newest).toMatchObject({ version: count + 1, etag: etags.get(count + 1) });
  const versions = await world.versions.list({ tenant: alice.tenant, id: file.id }, { limit: 2 * keep });
  const numbers = Array.from({ length: Math.min(keep, count) }, (_, index) => count - index);
  expect(versions.map(({ version, etag }) => [version, etag])).toEqual(
    numbers.map((number) => [number, etags.get(number)]),
  );
  for (const { objectKey, etag } of versions) {
    const object = await backends.store.get(objectKey);
    expect(etagOf(await readAll(object?.body as NodeJS.ReadableStream))).toBe(etag);
  }
  const bytes = versions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  expect(await world.usage.read(alice.tenant)).toEqual([
    { files: versions.length, bytes },
    expect.objectContaining({ files: 1, bytes: newest?.sizeBytes }),
  ]);

  await doAllPurges(backends.store, backends.database);
  const kept = [...versions.map(({ objectKey }) => objectKey), newest?.objectKey].sort();
  expect(await keysOf(backends.store, alice.tenant)).toEqual(kept);
  await world.files.remove(alice, [file.id]);
  await doAllPurges(backends.store, backends.database);
  expect(await keysOf(backends.store, alice.tenant)).toEqual([]);
  expect(await world.usage.read(alice.tenant)).toEqual([]);
}

/** Pairs of writers that have read the same ETag: `If-Match` lets one of each through. */
export async function playPairs(pairs: number, backends: Backends): Promise<void> {
  const world = openWorld(backends);
  const alice = user(newTenant(), 'alice');
  const { id, etag: first } = await newFile(world, alice);
  let etag = first;
  for (let pair = 0; pair < pairs; pair += 1) {
    const sent = await Promise.all([send(world, alice, id), send(world, alice, id)]);
    const replace = ({ request }: (typeof sent)[number]) =>
      replaceContents(world, alice, { fileId: id, request, ifMatch: `"${etag}"` });
    const attempts = sent.map(replace);
    const outcomes = await Promise.allSettled(attempts);
    const passed = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect(await refusalCode(attempts[1 - passed] ?? Promise.resolve())).toBe('file/version-conflict');
    etag = (await attempts[passed])?.etag ?? '';
  }
  expect(await world.files.find(alice.tenant, id)).toMatchObject({ version: pairs + 1, etag });
}

async function keysOf(store: ObjectStore, tenant: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.listObjects()) if (key.includes(tenant)) keys.push(key);
  return keys.sort();
}
