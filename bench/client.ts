/**
 * The client beside what people upload with today, on one store: a large file, and many small ones. All take turns; only our
 * client and plain `fetch` also register what they upload as files.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createStorage, type Storage } from '@bkend/storage';
import { readCommand } from '../packages/server/test/support/command-line.ts';
import type { Result } from './result.ts';
import { scratchDirectory } from './scratch-directory.ts';
import { type Service, startService } from './service.ts';
import { aws, type Bucket, curl, isInstalled, libStorage, rclone, type Uploader } from './uploaders.ts';

const rounds = 3;
const gibibyte = 1024 ** 3;
const smallFiles = 1000;
const smallFileBytes = 10 * 1024;

export async function benchClient(): Promise<Result[]> {
  await using service = await startService();
  await using scratch = await scratchDirectory();
  const directory = scratch.path;
  const storage = createStorage({
    url: service.apiUrl,
    apiKey: service.secretKey,
    journal: join(directory, 'journal'),
  });
  const bucket = await openBucket(service);
  return [
    ...(await measureLarge(directory, storage, bucket)),
    ...(await measureSmall(directory, storage, { service, bucket })),
  ];
}

/** The service's own bucket, with keys of its own store. */
async function openBucket({ env, objectsUrl }: Service): Promise<Bucket> {
  const credentials = await readCommand<Bucket['credentials']>(['store', 'keys', 'create'], env);
  return { endpoint: objectsUrl, name: 'bkend', credentials };
}

async function measureLarge(directory: string, storage: Storage, bucket: Bucket): Promise<Result[]> {
  const path = join(directory, 'large.bin');
  await writeRandom(path, gibibyte);
  const yardsticks: Yardstick[] = [
    { name: 'curl -T, one PUT', upload: curl(bucket), target: 0.9 },
    { name: '@aws-sdk/lib-storage', upload: libStorage(bucket), target: 1.2 },
    ...(await installed({ 'aws s3 cp': aws(bucket), 'rclone copyto': rclone(bucket) })),
  ];
  const ours = (file: string) => storage.upload({ path: file });
  return measure({ what: '1 GiB', amount: gibibyte / 1e6, unit: 'MB/s', path, ours, yardsticks });
}

async function measureSmall(
  directory: string,
  storage: Storage,
  { service, bucket }: { service: Service; bucket: Bucket },
): Promise<Result[]> {
  const path = join(directory, 'small');
  await mkdir(path);
  const paths = Array.from({ length: smallFiles }, (_, index) => join(path, `${index}.bin`));
  await Promise.all(paths.map((each) => writeFile(each, randomBytes(smallFileBytes))));
  const ours = async () => {
    const outcomes = await storage.uploadAll(paths.map((each) => ({ path: each })));
    for (const { error } of outcomes) if (error) throw error;
  };
  const yardsticks: Yardstick[] = [
    { name: 'plain fetch, one after another', upload: () => fetchInTurn(service, paths), target: 2 },
    ...(await installed({
      'aws s3 cp --recursive': aws(bucket, ['--recursive']),
      'rclone copyto': rclone(bucket),
    })),
  ];
  return measure({ what: '1,000 × 10 KiB', amount: smallFiles, unit: 'files/s', path, ours, yardsticks });
}

/** What an app without our client would do for each file: presign, PUT, register. */
async function fetchInTurn({ apiUrl, secretKey }: Service, paths: readonly string[]): Promise<void> {
  const post = async (route: string, body: object) => {
    const headers = { 'X-API-Key': secretKey, 'Content-Type': 'application/json' };
    const answer = await fetch(apiUrl + route, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${route} was answered with ${answer.status}.`);
    return answer.json();
  };
  const contentType = 'application/octet-stream';
  for (const path of paths) {
    const bytes = await readFile(path);
    const size = bytes.length;
    const { url, key } = await post('/v1/files/presigned-url', {
      filename: 'small.bin',
      contentType,
      fileSize: size,
    });
    const put = await fetch(url, { method: 'PUT', headers: { 'Content-Type': contentType }, body: bytes });
    if (!put.ok) throw new Error(`The PUT was answered with ${put.status}.`);
    await post('/v1/files', { s3Key: key, originalName: 'small.bin', mimeType: contentType, size });
  }
}

interface Yardstick {
  readonly name: string;
  readonly upload: Uploader;
  /** What our speed over its should reach. */
  readonly target?: number;
}

interface Measurement {
  readonly what: string;
  /** Of `unit`, without the time. */
  readonly amount: number;
  readonly unit: string;
  readonly path: string;
  readonly ours: Uploader;
  readonly yardsticks: readonly Yardstick[];
}

/**
 * In each round everybody once, and another begins each: nobody always comes after the same. What is there for comparison
 * alone takes part in the first round only.
 */
async function measure({ what, amount, unit, path, ours, yardsticks }: Measurement): Promise<Result[]> {
  const speedOf = async (upload: Uploader) => {
    const started = performance.now();
    await upload(path);
    return (amount * 1000) / (performance.now() - started);
  };
  const runs = [
    { upload: ours, rounds },
    ...yardsticks.map(({ upload, target }) => ({ upload, rounds: target === undefined ? 1 : rounds })),
  ];
  const speeds = runs.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < runs.length; turn++) {
      const index = (round + turn) % runs.length;
      const run = runs[index];
      if (run && round < run.rounds) speeds[index]?.push(await speedOf(run.upload));
    }
  }
  const [ourSpeed = 0, ...theirs] = speeds.map(median);
  return yardsticks.map(({ name, target }, index) => {
    const yardstick = theirs[index] ?? 0;
    const ratio = ourSpeed / yardstick;
    const figures = { name: `${what}, client / ${name}`, ours: ourSpeed, yardstick, unit, ratio };
    return { ...figures, ...(target !== undefined && { target }), holds: ratio >= (target ?? 0) };
  });
}

async function installed(tools: Readonly<Record<string, Uploader>>): Promise<Yardstick[]> {
  const found: Yardstick[] = [];
  for (const [name, upload] of Object.entries(tools)) {
    const [program = ''] = name.split(' ');
    if (await isInstalled(program)) found.push({ name, upload });
    else process.stderr.write(`${program} is not installed: measured without it.\n`);
  }
  return found;
}

async function writeRandom(path: string, sizeBytes: number): Promise<void> {
  const piece = randomBytes(2 ** 20);
  const file = await open(path, 'wx');
  for (let written = 0; written < sizeBytes; written += piece.length) await file.write(piece);
  await file.close();
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
