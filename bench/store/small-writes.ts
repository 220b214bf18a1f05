import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFileKey } from '../../packages/server/src/files/file-key.ts';
import { newBlobId } from '../../packages/server/src/store/disk/blob-id.ts';
import { syncDirectory } from '../../packages/server/src/store/disk/durable-directory.ts';
import { putObject } from '../../packages/server/src/store/objects/put-object.ts';
import { stageContent } from '../../packages/server/src/store/objects/staged-content.ts';
import { openStoreDeps } from '../../packages/server/src/store/open-store.ts';
import { type Turn, takeTurns } from './turns.ts';

const writers = 32;
const roundMs = 1500;
const limit = { rounds: 7, seconds: 30 };

/** Where new keys come in the order of all: behind the others, as those that the API makes, or anywhere. */
export type KeyOrder = 'ascending' | 'random';

const newKey: Readonly<Record<KeyOrder, () => string>> = {
  ascending: () =>
    makeFileKey({
      tenant: 'default/dev',
      category: 'images',
      id: newBlobId(),
      filename: 'photo.jpg',
      at: new Date(),
    }),
  random: randomUUID,
};

/**
 * 4 KiB writes a second, each durable when it counts: the store's own PUT without HTTP, and the usual recipe for one file (a
 * temporary one, fsync, rename, fsync of the directory), in turns in this process.
 */
export async function measureSmallWrites(directory: string, order: KeyOrder): Promise<Turn> {
  const body = randomBytes(4096);
  const files = await mkdtemp(join(directory, 'files-'));
  const dataDir = await mkdtemp(join(directory, 'small-writes-'));
  await using store = await openStoreDeps({ dataDir, buckets: ['bucket'] });
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
  return await takeTurns({ ours: () => perSecond(putInStore), yardstick: () => perSecond(putInFile) }, limit);
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
