import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStorage, StorageError, type Uploadable, type UploadTask } from '../src/node.ts';
import { BadNetwork, type Outcome } from './bad-network.ts';
import { seededBytes, seededRandom, seedOf } from './random.ts';
import { accessToken } from './service.ts';
import { makeWeather } from './weather.ts';

/** A few runs each time; `FAULT_RUNS=200 npm run test:faults` for the long proof, with `FAULT_SEED=n` for one run again. */
const runs = Number(process.env.FAULT_RUNS ?? 8);
const firstSeed = Number(process.env.FAULT_SEED ?? 1);

let network: BadNetwork;
beforeAll(async () => {
  network = await BadNetwork.start();
});
afterAll(() => network[Symbol.asyncDispose]());

const seeds = Array.from({ length: runs }, (_, index) => firstSeed + index);

test.each(seeds)('seed %i: the right bytes and one file, or a typed error and none', async (seed) => {
  const random = seededRandom(seed);
  const upload = await prepareUpload(seed, random);
  const weather = makeWeather(seed);
  const tag = `seed-${seed}`;
  let token = accessToken('alice', [3600, 3600, 1, -60][Math.floor(random() * 4)]);
  const storage = createStorage({
    url: network.apiUrl,
    apiKey: network.service.publishableKey,
    accessToken: (refused) => {
      if (refused) token = accessToken('alice');
      return token;
    },
    stallSeconds: weather.stallSeconds,
    retry: { firstDelaySeconds: 0.01, maxDelaySeconds: 0.1 },
    journal: join(network.service.directory, 'journal'),
  });
  // Which request of the run it is that the user does something at; none, mostly.
  const momentOf = (share: number) => (random() < share ? Math.floor(random() * 12) : -1);
  const pausesAt = momentOf(0.2);
  const abortsAt = weather.kind === 'outage' ? -1 : momentOf(0.2);
  network.begin(weather, (number) => {
    if (number === abortsAt) task.abort();
    if (number === pausesAt) {
      task.pause();
      setTimeout(() => task.resume(), 200);
    }
  });
  const task = storage.upload(upload.input, { ...upload.options, metadata: { tags: [tag] } });
  const outcome = await settle(task);
  network.end();
  await upload.tidy();
  const { sha256 } = upload;
  await network.expectGoodEnd({ weather, outcome, tag, sha256, mayBeAborted: abortsAt >= 0 });
});

test('after the jobs storage holds what the files need, and nothing else', () => network.expectNothingLeft());

async function settle(task: UploadTask): Promise<Outcome> {
  try {
    return { value: await task };
  } catch (error) {
    if (error instanceof StorageError) return { error };
    return expect.fail(`An error without a type: ${error}`);
  }
}

/** In the shapes and sizes that apps have: a third are sent in one PUT. */
async function prepareUpload(seed: number, random: () => number) {
  const inOnePut = 1 + Math.floor(random() * 1e6);
  const inParts = 16 * 2 ** 20 + 1 + Math.floor(random() * 12e6);
  const bytes = seededBytes(seedOf(seed, 'bytes'), random() < 0.35 ? inOnePut : inParts);
  const path = join(network.service.directory, `${seed}.bin`);
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
    // A stream that does not say how long it is, one time in two.
    options: { filename: `${seed}.bin`, ...(shape === 2 && random() < 0.5 && { size: bytes.length }) },
    sha256: createHash('sha256').update(bytes).digest('hex'),
    tidy: () => rm(path, { force: true }),
  };
}
