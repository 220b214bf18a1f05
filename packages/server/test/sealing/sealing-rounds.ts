import { createHash, randomBytes } from 'node:crypto';
import { defaultLimits, StorageError } from '@bkend/storage-contract';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { expect } from 'vitest';
import { newTenant, user } from '../../../test-support/src/samples/samples.ts';
import type { ObjectStore } from '../../src/files/object-store.ts';
import type { User } from '../../src/identity/caller.ts';
import { purgeObjects } from '../../src/jobs/purge-objects.ts';
import type { Database } from '../../src/postgres/database/database.ts';
import { createFileRepository } from '../../src/postgres/file-repository.ts';
import { createMaintenance } from '../../src/postgres/maintenance.ts';
import { createPurgeOutbox } from '../../src/postgres/outbox/purge-outbox.ts';
import { createUploadRepository } from '../../src/postgres/uploads/upload-repository.ts';
import { createUsageLedger } from '../../src/postgres/usage/usage-ledger.ts';
import { settingsInForce } from '../../src/projects/environment-settings.ts';
import { OpenUploadsBudget } from '../../src/uploads/open-uploads.ts';
import { presignUpload } from '../../src/uploads/presign-upload.ts';
import { Quotas } from '../../src/uploads/quotas.ts';
import { registerFile } from '../../src/uploads/register-file.ts';
import { put, readAll } from '../object-store/client.ts';

/** `npm run test:sealing` plays 200; a multiple of 20. */
export const rounds = Number(process.env.SEALING_ROUNDS ?? 20);

const atOnce = 20;
const hourMs = 60 * 60 * 1000;

/**
 * Rounds in which an upload is registered twice at once, while its owner goes on writing to it: after the look at the bytes
 * and before their copy. Whatever comes of it, record and bytes agree and, when all purges are done, nothing else is left.
 */
export async function playSealingRounds(
  rounds: number,
  { store, database }: { readonly store: ObjectStore; readonly database: Database },
): Promise<void> {
  const alice = user(newTenant(), 'alice');
  const files = createFileRepository(database);
  let registered = 0;
  const play = async (round: number) => {
    if (await playRound(round, { store, database, alice })) registered += 1;
  };
  for (let round = 0; round < rounds; round += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, (_, index) => play(round + index)));
  }
  expect(registered).toBeGreaterThan(rounds / 2);

  await doAllPurges(store, database);
  const listed = await files.list(alice, {
    filter: {},
    order: { by: 'createdAt', direction: 'asc' },
    limit: rounds,
  });
  const keys = listed.map(({ objectKey }) => objectKey).sort();
  const left: string[] = [];
  for await (const { key } of store.listObjects()) if (key.includes(alice.tenant)) left.push(key);
  expect(left.sort()).toEqual(keys);
}

interface Playground {
  readonly store: ObjectStore;
  readonly database: Database;
  readonly alice: User;
}

/** @returns whether it made a file */
async function playRound(round: number, { store, database, alice }: Playground): Promise<boolean> {
  const first = randomBytes(1_000 + round);
  // The sizes are equal in every second round: then both match the announced one.
  const second = randomBytes(round % 2 === 0 ? first.length : first.length + 1);
  let url = '';
  let disturbances = round % 3;
  const disturb = async (key: string) => {
    if (disturbances === 0 || !key.startsWith('_pending/')) return;
    disturbances -= 1;
    await put(url, second, { 'content-type': 'image/png' });
  };
  const { copyWithoutHead } = store;
  const disturbed: ObjectStore = {
    ...store,
    async head(key) {
      const found = await store.head(key);
      await disturb(key);
      return found;
    },
    ...(copyWithoutHead && {
      async copyWithoutHead(copy) {
        const [copied] = await Promise.all([copyWithoutHead(copy), disturb(copy.from)]);
        return copied;
      },
    }),
  };
  const uploads = createUploadRepository(database);
  const deps = {
    files: createFileRepository(database),
    uploads,
    openUploads: new OpenUploadsBudget(uploads),
    quotas: new Quotas(createUsageLedger(database)),
    objects: disturbed,
    clock: () => new Date(),
    newId: uuidv7,
    limits: defaultLimits,
    imageUrl: (path: string) => path,
    hasOlderProcesses: () => false,
    findSettings: async () => settingsInForce({}, { limits: defaultLimits, corsOrigins: '*' as const }),
  };
  const presigned = await presignUpload(deps, alice, { filename: 'a.png', contentType: 'image/png' });
  url = presigned.url;
  await put(url, first, { 'content-type': 'image/png' });

  const request = { s3Key: presigned.key, originalName: 'a.png', mimeType: 'image/png' };
  const sizes = [first.length, round % 5 === 0 ? second.length : first.length];
  const outcomes = await Promise.allSettled(
    sizes.map((size) => registerFile(deps, alice, { ...request, size })),
  );
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    const { reason } = outcome;
    expect(reason instanceof StorageError && reason.code, String(reason)).toMatch(
      /^file\/(?:size-mismatch|s3-key-already-exists)$/,
    );
  }
  expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1);
  await put(url, randomBytes(500), { 'content-type': 'image/png' });

  const file = await deps.files.findByKey(alice.tenant, presigned.key);
  if (file === undefined) return false;
  const object = await store.get(file.objectKey);
  const bytes = await readAll(object?.body as NodeJS.ReadableStream);
  expect(file).toMatchObject({
    sizeBytes: bytes.length,
    etag: createHash('md5').update(bytes).digest('hex'),
  });
  expect(object?.info).toMatchObject({
    etag: file.etag,
    sizeBytes: file.sizeBytes,
    contentType: 'image/png',
  });
  expect([first, second].some((sent) => sent.equals(bytes))).toBe(true);
  return true;
}

/** As the jobs would, days later: every purge, also those that are due a second time, and the ends of open uploads. */
export async function doAllPurges(store: ObjectStore, database: Database): Promise<void> {
  const purges = createPurgeOutbox(database);
  const maintenance = createMaintenance(database);
  for (let hours = 0; hours <= 48; hours += 12) {
    const now = new Date(Date.now() + hours * hourMs);
    await maintenance.expireUploads({ now, limit: 10_000 });
    const run = { repair: false, signal: new AbortController().signal };
    const deps = { purges, objects: store, clock: () => now };
    // The job needs no more of the world than this.
    await purgeObjects.run(deps as unknown as Parameters<typeof purgeObjects.run>[0], run);
  }
  const left = await database.rows(sql`select key from bkend.purges`);
  expect(left).toEqual([]);
}
