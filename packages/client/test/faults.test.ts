import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStorage, StorageError, type Uploadable, type UploadTask } from '../src/node.ts';
import { createFaultScenario } from './fault-scenario.ts';
import { FaultyService, type Outcome } from './faulty-service.ts';
import { seededBytes, seededRandom, seedOf } from './seeded.ts';

/** `FAULT_RUNS=200 npm run test:faults` makes 200 runs; `FAULT_RUNS=1 FAULT_SEED=n` repeats one. */
const runs = Number(process.env.FAULT_RUNS ?? 8);
const firstSeed = Number(process.env.FAULT_SEED ?? 1);

let faulty: FaultyService;
beforeAll(async () => {
  faulty = await FaultyService.start();
});
afterAll(() => faulty[Symbol.asyncDispose]());

const seeds = Array.from({ length: runs }, (_, index) => firstSeed + index);

test.each(seeds)(
  'seed %i: an upload ends with one file of the same bytes, or with a StorageError and no file',
  async (seed) => {
    const random = seededRandom(seed);
    const upload = await prepareUpload(seed, random);
    const scenario = createFaultScenario(seed);
    const tag = `seed-${seed}`;
    let token = faulty.service.accessToken('alice', [3600, 3600, 1, -60][Math.floor(random() * 4)]);
    const storage = createStorage({
      url: faulty.apiUrl,
      apiKey: faulty.service.publishableKey,
      accessToken: (refused) => {
        if (refused) token = faulty.service.accessToken('alice');
        return token;
      },
      stallSeconds: scenario.stallSeconds,
      retry: { firstDelaySeconds: 0.01, maxDelaySeconds: 0.1 },
      journal: join(faulty.service.directory, 'journal'),
    });
    // The number of the request at which the user pauses or aborts; mostly none.
    const momentOf = (share: number) => (random() < share ? Math.floor(random() * 12) : -1);
    const pausesAt = momentOf(0.2);
    const abortsAt = scenario.kind === 'outage' ? -1 : momentOf(0.2);
    faulty.begin(scenario, (number) => {
      if (number === abortsAt) task.abort();
      if (number === pausesAt) {
        task.pause();
        setTimeout(() => task.resume(), 200);
      }
    });
    const task = storage.upload(upload.input, { ...upload.options, metadata: { tags: [tag] } });
    const outcome = await settle(task);
    faulty.end();
    await upload.remove();
    const { sha256 } = upload;
    await faulty.expectGoodEnd({ scenario, outcome, tag, sha256, mayBeAborted: abortsAt >= 0 });
  },
);

test('storage has one object for each file after the jobs have run', () => faulty.expectNothingLeft());

async function settle(task: UploadTask): Promise<Outcome> {
  try {
    return { value: await task };
  } catch (error) {
    if (error instanceof StorageError) return { error };
    return expect.fail(`The error is no StorageError: ${error}`);
  }
}

/** A source of one of four kinds; a third are small enough for one PUT. */
async function prepareUpload(seed: number, random: () => number) {
  const inOnePut = 1 + Math.floor(random() * 1e6);
  const inParts = 16 * 2 ** 20 + 1 + Math.floor(random() * 12e6);
  const bytes = seededBytes(seedOf(seed, 'bytes'), random() < 0.35 ? inOnePut : inParts);
  const path = join(faulty.service.directory, `${seed}.bin`);
  const shapes: readonly (() => Promise<Uploadable> | Uploadable)[] = [
    () => new File([bytes], `${seed}.bin`),
    () => bytes,
    () => new Blob([bytes]).stream(),
    () => writeFile(path, bytes).then(() => ({ path })),
  ];
  const shape = Math.floor(random() * shapes.length);
  const input = (await shapes[shape]?.()) ?? bytes;
  return {
    input,
    // One stream of two has no size.
    options: { filename: `${seed}.bin`, ...(shape === 2 && random() < 0.5 && { size: bytes.length }) },
    sha256: createHash('sha256').update(bytes).digest('hex'),
    remove: () => rm(path, { force: true }),
  };
}
