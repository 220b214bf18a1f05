import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '@bkend/store/directory';
import { makeFileKey } from '../../packages/server/src/uploads/file-key.ts';
import { newId } from '../../packages/store/src/index/keys.ts';
import { putObject } from '../../packages/store/src/objects/put-object.ts';
import { stageContent } from '../../packages/store/src/objects/staged-content.ts';
import { openStoreDeps } from '../../packages/store/src/open-store.ts';
import { interleave, type Round } from '../interleave.ts';

const writers = 32;
const roundMs = 1500;
const limit = { rounds: 7, seconds: 30 };

/** Position of new keys in key order: after all others, like the API's keys, or random. */
export type KeyOrder = 'ascending' | 'random';

const newKey: Readonly<Record<KeyOrder, () => string>> = {
  ascending: () =>
    makeFileKey({
      tenant: 'default/dev',
      category: 'images',
      id: newId(),
      filename: 'photo.jpg',
      at: new Date(),
    }),
  random: randomUUID,
};

/**
 * Durable 4 KiB writes per second: the store's PUT without HTTP, and the usual way to write one file (temporary file, fsync, rename,
 * fsync of the directory), alternately in this process.
 */
export async function measureSmallWrites(directory: string, order: KeyOrder): Promise<Round> {
  const body = randomBytes(4096);
  const files = await mkdtemp(join(directory, 'files-'));
  const dataDir = await mkdtemp(join(directory, 'small-writes-'));
  await using store = await openStoreDeps({ directory: dataDir, buckets: ['bucket'] });
  const putInStore = async () => {
    const staged = await stageContent(store.deps, toStream(body), []);
    const attributes = { headers: {}, metadata: {} };
    await putObject(
      store.deps,
      { bucket: 'bucket', key: newKey[order]() },
      { staged, attributes, conditions: {} },
    );
  };
  const putInFile = async () => {
    const temporary = join(files, `.${randomUUID()}`);
    const file = await open(temporary, 'wx');
    await file.write(body);
    await file.sync();
    await file.close();
    await rename(temporary, join(files, randomUUID()));
    await syncDirectory(files);
  };
  return await interleave(
    { ours: () => perSecond(putInStore), yardstick: () => perSecond(putInFile) },
    limit,
  );
}

async function perSecond(write: () => Promise<void>): Promise<number> {
  const started = performance.now();
  let written = 0;
  const writer = async () => {
    for (; performance.now() - started < roundMs; written++) await write();
  };
  await Promise.all(Array.from({ length: writers }, writer));
  return written / ((performance.now() - started) / 1000);
}

async function* toStream(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
