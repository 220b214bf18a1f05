/**
 * The SDK and the command line compared with other upload programs, on one store: one large file, and many small ones. All are measured
 * alternately; only the SDK, the command line and plain `fetch` also register what they upload as files.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createStorage, type Storage } from '@bkend/storage';
import { readCommand, runCommand } from '../packages/test-support/src/process/run-command.ts';
import type { Result } from './result.ts';
import { scratchDirectory } from './scratch-directory.ts';
import { type Service, startService } from './service.ts';
import { measureSyncAgain } from './sync-again.ts';
import { aws, type Bucket, curl, isInstalled, libStorage, rclone, type Uploader } from './uploaders.ts';

const rounds = 3;
const gibibyte = 1024 ** 3;
const smallFiles = 1000;
const smallFileBytes = 10 * 1024;
const manyFiles = 10_000;

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
    ...(await measureMany(directory, service, bucket)),
    ...(await measureSyncAgain(directory, service, bucket)),
  ];
}

/** The service's bucket, with an access key of the embedded store. */
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
  const paths = await writeSmallFiles(path, smallFiles);
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

/** `put -r`; plain `fetch` with a tenth of the files, since its speed does not depend on their number. */
async function measureMany(directory: string, service: Service, bucket: Bucket): Promise<Result[]> {
  const path = join(directory, 'many');
  const paths = await writeSmallFiles(path, manyFiles);
  const fetched = paths.slice(0, manyFiles / 10);
  const env = { ...process.env, BKEND_API_URL: service.apiUrl, BKEND_API_KEY: service.secretKey };
  let uploads = 0;
  const ours = async () => {
    uploads += 1;
    // Files that are stored in the same folder already are passed over.
    const { code, stderr } = await runCommand(['put', '-r', path, '--folder', `many-${uploads}`], env);
    if (code !== 0) throw new Error(`put ended with ${code}: ${stderr}`);
  };
  const yardsticks: Yardstick[] = [
    {
      name: 'plain fetch, one after another',
      upload: () => fetchInTurn(service, fetched),
      amount: fetched.length,
      target: 3,
    },
    ...(await installed({ 'rclone copyto': rclone(bucket) })).map((tool) => ({ ...tool, target: 1 })),
  ];
  return measure({
    what: '10,000 × 10 KiB, put -r',
    amount: manyFiles,
    unit: 'files/s',
    path,
    ours,
    yardsticks,
  });
}

async function writeSmallFiles(directory: string, count: number): Promise<string[]> {
  await mkdir(directory);
  const paths = Array.from({ length: count }, (_, index) => join(directory, `${index}.bin`));
  for (const path of paths) await writeFile(path, randomBytes(smallFileBytes));
  return paths;
}

/** The requests of an app without the SDK, for each file: presign, PUT, register. */
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
  /** Lower bound of our speed divided by the yardstick's. */
  readonly target?: number;
  /** Units that it uploads, where fewer than we. */
  readonly amount?: number;
}

interface Measurement {
  readonly what: string;
  /** Number of `unit`'s units uploaded: MB or files. */
  readonly amount: number;
  readonly unit: string;
  readonly path: string;
  readonly ours: Uploader;
  readonly yardsticks: readonly Yardstick[];
}

/**
 * Each round measures every program once and begins with another one, so that no program always follows the same. Programs without a
 * target are measured in the first round only.
 */
async function measure({ what, amount, unit, path, ours, yardsticks }: Measurement): Promise<Result[]> {
  const speedOf = async ({ upload, amount: uploaded = amount }: Pick<Yardstick, 'upload' | 'amount'>) => {
    const started = performance.now();
    await upload(path);
    return (uploaded * 1000) / (performance.now() - started);
  };
  const runs = [
    { upload: ours, rounds },
    ...yardsticks.map((yardstick) => ({ ...yardstick, rounds: yardstick.target === undefined ? 1 : rounds })),
  ];
  const speeds = runs.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (let step = 0; step < runs.length; step++) {
      const index = (round + step) % runs.length;
      const run = runs[index];
      if (run && round < run.rounds) speeds[index]?.push(await speedOf(run));
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
  // Else the kernel writes it out while one of the programs is measured.
  await file.sync();
  await file.close();
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
