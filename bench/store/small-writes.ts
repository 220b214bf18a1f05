import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../packages/server/src/store/disk/durable-directory.ts';
import { putObject } from '../../packages/server/src/store/objects/put-object.ts';
import { stageContent } from '../../packages/server/src/store/objects/staged-content.ts';
import { openStoreDeps } from '../../packages/server/src/store/open-store.ts';
import { type Turn, takeTurns } from './turns.ts';

const writers = 32;
const roundMs = 1500;

/**
 * 4 KiB writes a second, each durable when it counts: the store's own PUT without HTTP, and the usual recipe for one file (a
 * temporary one, fsync, rename, fsync of the directory), in turns in this process.
 */
export async function measureSmallWrites(directory: string): Promise<Turn> {
  const body = randomBytes(4096);
  const files = join(directory, 'files');
  await mkdir(files);
  await using store = await openStoreDeps({ dataDir: join(directory, 'small-writes'), buckets: ['bucket'] });
  const putInStore = async () => {
    const staged = await stageContent(store.deps, toStream(body), []);
    await putObject(
      store.deps,
      { bucket: 'bucket', key: randomUUID() },
      {
        staged,
        attributes: { headers: {}, metadata: {} },
        conditions: {},
      },
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
  return await takeTurns(
    { ours: () => perSecond(putInStore), yardstick: () => perSecond(putInFile) },
    { rounds: 7, seconds: 40 },
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
