import { objectKey } from '../../packages/store/src/index/keys.ts';
import { contentAt, type ObjectRecord } from '../../packages/store/src/index/records.ts';
import { openStoreDeps } from '../../packages/store/src/open-store.ts';
import { sendSigned } from '../../packages/store/test/running-store.ts';
import { interleave, type Round } from '../interleave.ts';

const buckets = [
  { name: 'few', keys: 10_000 },
  { name: 'many', keys: 1_000_000 },
] as const;
const keysAtOnce = 10_000;

/** Creates the buckets directly in the index: over HTTP, a million keys take many minutes. */
export async function fillBuckets(dataDir: string): Promise<void> {
  await using store = await openStoreDeps({
    directory: dataDir,
    buckets: ['bucket', ...buckets.map(({ name }) => name)],
  });
  const { index } = store.deps;
  const record: ObjectRecord = {
    headers: { 'content-type': 'image/png' },
    metadata: {},
    sizeBytes: 0,
    etag: 'd41d8cd98f00b204e9800998ecf8427e',
    modifiedAt: Date.now(),
    content: contentAt({ kind: 'empty' }, { sizeBytes: 0, md5: 'd41d8cd98f00b204e9800998ecf8427e' }),
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
export async function measureLists(endpoint: string): Promise<Round> {
  const list = async (bucket: string, startAfter: string): Promise<number> => {
    const started = performance.now();
    const query = { 'list-type': '2', 'start-after': startAfter };
    const { status, text } = await sendSigned(endpoint, new Date(), { path: `/${bucket}`, query });
    const elapsedMs = performance.now() - started;
    if (status !== 200 || !text.includes('<KeyCount>1000<')) throw new Error(`The list is wrong: ${text}`);
    return elapsedMs;
  };
  return await interleave(
    { ours: () => list('many', nameOf(500_000)), yardstick: () => list('few', nameOf(5_000)) },
    { rounds: 101, seconds: 20 },
  );
}

function nameOf(key: number): string {
  return String(key).padStart(8, '0');
}
