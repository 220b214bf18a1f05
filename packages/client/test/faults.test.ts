import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBucket } from '../../server/test/support/bucket.ts';
import { readCommand } from '../../server/test/support/command-line.ts';
import { eventually } from '../../server/test/support/eventually.ts';
import { createStorage, type Storage, StorageError, type StoredFile, type Uploadable } from '../src/node.ts';
import { FaultyWire } from './faulty-wire.ts';
import { seededBytes, seededRandom, seedOf } from './random.ts';
import { accessToken, type Service, startService } from './service.ts';
import { makeWeather, type Role } from './weather.ts';

/** A few runs each time; `FAULT_RUNS=200 npm run test:faults` for the long proof, with `FAULT_SEED=n` for one run again. */
const runs = Number(process.env.FAULT_RUNS ?? 8);
const firstSeed = Number(process.env.FAULT_SEED ?? 1);

/** Seconds. URLs really expire during an upload; an upload that failed is the jobs' soon after. */
const uploadLife = 20;
const lives = {
  BKEND_UPLOAD_URL_LIFE_SECONDS: '3',
  BKEND_PART_URL_LIFE_SECONDS: '3',
  BKEND_UNREGISTERED_UPLOAD_LIFE_SECONDS: `${uploadLife}`,
};

let service: Service;
let wires: Readonly<Record<Role, FaultyWire>>;
/** Past all faults. */
let calm: Storage;
beforeAll(async () => {
  const [api, objects] = [await FaultyWire.start(), await FaultyWire.start()];
  wires = { api, objects };
  service = await startService({ env: { ...lives, BKEND_OBJECTS_URL: objects.url } });
  api.leadTo(service.api.url);
  objects.leadTo(service.objects.url);
  calm = createStorage({
    url: service.running.apiUrl,
    apiKey: service.secretKey,
    retry: { firstDelaySeconds: 0.01 },
  });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  for (const wire of Object.values(wires)) await wire[Symbol.asyncDispose]();
});

const seeds = Array.from({ length: runs }, (_, index) => firstSeed + index);
let completed = 0;
let faults = 0;

test.each(seeds)('seed %i: the right bytes and one file, or a typed error and none', async (seed) => {
  const random = seededRandom(seed);
  const upload = await prepareUpload(seed, random);
  const weather = makeWeather(seed);
  const tag = `seed-${seed}`;
  let token = accessToken('alice', [3600, 3600, 1, -60][Math.floor(random() * 4)]);
  const storage = createStorage({
    url: wires.api.url,
    apiKey: service.publishableKey,
    accessToken: (refused) => {
      if (refused) token = accessToken('alice');
      return token;
    },
    stallSeconds: weather.stallSeconds,
    retry: { firstDelaySeconds: 0.01, maxDelaySeconds: 0.1 },
    journal: join(service.directory, 'journal'),
  });
  // Which request of the run it is that the user does something at; none, mostly.
  const momentOf = (share: number) => (random() < share ? Math.floor(random() * 12) : -1);
  const pausesAt = momentOf(0.2);
  const abortsAt = weather.kind === 'outage' ? -1 : momentOf(0.2);
  let requests = 0;
  const roles: readonly Role[] = ['api', 'objects'];
  for (const role of roles) {
    wires[role].draw = (connection) => weather.fate(role, connection);
    wires[role].onStrike = () => weather.count();
    service[role].decide = (request) => {
      const number = requests++;
      if (number === abortsAt) task.abort();
      if (number === pausesAt) {
        task.pause();
        setTimeout(() => task.resume(), 200);
      }
      return weather.strike(role, request);
    };
  }

  const task = storage.upload(upload.input, { ...upload.options, metadata: { tags: [tag] } });
  const outcome = await task.catch((error: unknown) => error);
  for (const role of roles) {
    wires[role].calm();
    service[role].calm();
  }
  faults += weather.faults;
  await upload.tidy();

  const { items } = await calm.listPage({ tag });
  if (!(outcome instanceof Error)) {
    completed += 1;
    expect(items).toEqual([outcome]);
    await expectBytes(items[0], upload.sha256);
    return;
  }
  expect(outcome).toBeInstanceOf(StorageError);
  if (weather.kind === 'outage') {
    expect(outcome).toMatchObject({ retryable: true });
    // Whether a file was registered whose answer was lost for good, nobody can tell who cannot ask.
    const { phase } = outcome as StorageError;
    if (phase === 'registering' && items.length > 0) return expectBytes(items[0], upload.sha256);
  } else {
    expect(outcome).toMatchObject({ code: abortsAt >= 0 ? 'client/aborted' : 'never otherwise' });
  }
  expect(items).toEqual([]);
});

test('after the jobs storage holds what the files need, and nothing else', async () => {
  expect(completed).toBeGreaterThan(runs / 3);
  expect(faults).toBeGreaterThan(runs / 2);
  const files: string[] = [];
  for await (const { key } of calm.list()) files.push(key);
  expect(files.length).toBeGreaterThan(0);
  const left = await eventually(
    'storage holds as much as the files need',
    async () => {
      for (const job of ['expire-uploads', 'purge']) await runJob(job);
      const bucket = await readBucket(service.running, '');
      return bucket.objects.length <= files.length && bucket.uploads.length === 0 ? bucket : undefined;
    },
    { withinSeconds: uploadLife + 20 },
  );
  expect(left).toEqual({ objects: files.toSorted(), uploads: [] });
});

/** In the shapes and sizes that apps have: a third are sent in one PUT. */
async function prepareUpload(seed: number, random: () => number) {
  const inOnePut = 1 + Math.floor(random() * 1e6);
  const inParts = 16 * 2 ** 20 + 1 + Math.floor(random() * 12e6);
  const bytes = seededBytes(seedOf(seed, 'bytes'), random() < 0.35 ? inOnePut : inParts);
  const path = join(service.directory, `${seed}.bin`);
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

/** Large files are deleted then, to spare the disk; their bytes are one more thing for the jobs to remove. */
async function expectBytes(file: StoredFile | undefined, sha256: string): Promise<void> {
  if (!file) return expect.fail('There is no file.');
  const hash = createHash('sha256');
  for await (const chunk of (await fetch((await calm.downloadUrl(file.id)).url)).body ?? [])
    hash.update(chunk);
  expect(hash.digest('hex')).toBe(sha256);
  if (file.size > 1e6) await calm.delete(file.id);
}

async function runJob(name: string): Promise<void> {
  await readCommand(['jobs', 'run', name], service.running.env).catch((error: unknown) => {
    // The service's own jobs may be at the same one in this moment.
    if (!String(error).includes('Another process')) throw error;
  });
}
