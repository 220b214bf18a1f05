import { objectKey } from '../../packages/server/src/store/index/keys.ts';
import type { ObjectRecord } from '../../packages/server/src/store/index/records.ts';
import { openStoreDeps } from '../../packages/server/src/store/open-store.ts';
import { sendSigned } from '../../packages/server/test/store/running-store.ts';
import { type Turn, takeTurns } from './turns.ts';

const buckets = [
  { name: 'few', keys: 10_000 },
  { name: 'many', keys: 1_000_000 },
] as const;
const keysAtOnce = 10_000;

/** Makes the buckets, straight into the index: through the front door, a million keys take many minutes. */
export async function fillBuckets(dataDir: string): Promise<void> {
  await using store = await openStoreDeps({
    dataDir,
    buckets: ['bucket', ...buckets.map(({ name }) => name)],
  });
  const { index } = store.deps;
  const record: ObjectRecord = {
    headers: { 'content-type': 'image/png' },
    metadata: {},
    sizeBytes: 0,
    etag: 'd41d8cd98f00b204e9800998ecf8427e',
    modifiedAt: Date.now(),
    content: { place: { kind: 'empty' }, sizeBytes: 0, md5: 'd41d8cd98f00b204e9800998ecf8427e' },
  };
  for (const { name, keys } of buckets) {
    for (let first = 0; first < keys; first += keysAtOnce) {
      await index.mutate((transaction) => {
        for (let key = first; key < first + keysAtOnce; key++) {
          transaction.put(index.tables.objects, objectKey(name, nameOf(key)), record);
        }
      });
    }
  }
}

/** Milliseconds for one page of 1,000 keys from the middle of the large bucket, and of the small one. */
export async function measureLists(endpoint: string): Promise<Turn> {
  const list = async (bucket: string, startAfter: string): Promise<number> => {
    const started = performance.now();
    const query = { 'list-type': '2', 'start-after': startAfter };
    const { status, text } = await sendSigned(endpoint, new Date(), { path: `/${bucket}`, query });
    const elapsedMs = performance.now() - started;
    if (status !== 200 || !text.includes('<KeyCount>1000<')) throw new Error(`The list is wrong: ${text}`);
    return elapsedMs;
  };
  return await takeTurns(
    { ours: () => list('many', nameOf(500_000)), yardstick: () => list('few', nameOf(5_000)) },
    { rounds: 101, seconds: 20 },
  );
}

function nameOf(key: number): string {
  return String(key).padStart(8, '0');
}
