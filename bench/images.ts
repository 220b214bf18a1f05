import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import sharp, { type Sharp } from 'sharp';
import type { Result } from './result.ts';
import { freePort, type Service, startService } from './service.ts';

const rounds = 7;
const coldPerRound = 10;
const workers = 2;
const cachedSeconds = 3;
const connections = 64;

/**
 * The image host against bare sharp with the same settings on the same picture, and, for what it has made already, against
 * a bare Fastify route that sends the same bytes; what 64 equal requests cost; and what a flood of sizes does to the API.
 */
export async function benchImages(): Promise<Result[]> {
  const photo = await makePhotograph();
  return [...(await besideYardsticks(photo)), await besideTheApi(photo)];
}

/** At the yardsticks' own priority: on a busy machine the comparison would be one of priorities otherwise. */
async function besideYardsticks(photo: Buffer): Promise<Result[]> {
  await using service = await startService({ BKEND_IMAGE_NICENESS: '0' });
  const key = await publish(service, photo);
  return [
    ...(await cold(service, photo, key)),
    ...(await cached(service, key)),
    await coalesced(service, key),
  ];
}

async function besideTheApi(photo: Buffer): Promise<Result> {
  await using service = await startService();
  // Awaited, or the service would be gone while it is asked.
  return await flood(service, await publish(service, photo));
}

/** 12 megapixels with shapes, colours and grain. */
async function makePhotograph(): Promise<Buffer> {
  const [width, height] = [4000, 3000];
  const scene = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="#f80"/><stop offset="1" stop-color="#04f"/></linearGradient></defs>
    <rect width="${width}" height="${height}" fill="url(#g)"/><circle cx="2900" cy="900" r="500" fill="#fff"/>
    <path d="M500 2800 L1200 1200 L1900 2800 Z" fill="#400"/></svg>`;
  const grain = {
    create: {
      width,
      height,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 20 },
    },
  } as const;
  const grained = await sharp(grain).png({ compressionLevel: 1 }).toBuffer();
  return sharp(Buffer.from(scene))
    .composite([{ input: grained, blend: 'soft-light' }])
    .jpeg({ quality: 88 })
    .toBuffer();
}

async function publish(service: Service, bytes: Buffer): Promise<string> {
  const ask = async (path: string, body: object) => {
    const answer = await fetch(`${service.apiUrl}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-API-Key': service.secretKey },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return JSON.parse(await answer.text());
  };
  const about = { filename: 'photo.jpg', contentType: 'image/jpeg', visibility: 'public' };
  const { url, key }: { url: string; key: string } = await ask('/v1/files/presigned-url', about);
  const stored = await fetch(url, {
    method: 'PUT',
    headers: { 'Content-Type': 'image/jpeg' },
    body: new Uint8Array(bytes),
  });
  if (!stored.ok) throw new Error(`PUT: ${stored.status}`);
  await ask('/v1/files', {
    s3Key: key,
    originalName: 'photo.jpg',
    mimeType: 'image/jpeg',
    size: bytes.length,
  });
  return key;
}

interface ColdCase {
  readonly name: string;
  /** With a width of its own for each request, so that none was made before. */
  readonly path: (width: number) => string;
  readonly bare: (picture: Sharp, width: number) => Sharp;
}

const coldCases: readonly ColdCase[] = [
  {
    name: 'JPEG 400x300',
    path: (width) => `${width}x300/filters:format(jpeg)`,
    bare: (picture, width) =>
      picture.resize(width, 300).jpeg({ quality: 80, progressive: true, quantisationTable: 3 }),
  },
  {
    name: 'PNG 400x300',
    path: (width) => `${width}x300/filters:format(png)`,
    bare: (picture, width) => picture.resize(width, 300).png({ compressionLevel: 6 }),
  },
  {
    name: 'WebP 400x300',
    path: (width) => `${width}x300/filters:format(webp)`,
    bare: (picture, width) => picture.resize(width, 300).webp({ quality: 78, effort: 4 }),
  },
  {
    name: 'AVIF 400x300',
    path: (width) => `${width}x300/filters:format(avif)`,
    bare: (picture, width) => picture.resize(width, 300).avif({ quality: 52, effort: 1 }),
  },
  {
    name: 'smart 800x600 to WebP',
    path: (width) => `${width * 2}x600/smart/filters:format(webp)`,
    bare: (picture, width) =>
      picture.resize(width * 2, 600, { position: 'attention' }).webp({ quality: 78, effort: 4 }),
  },
];

/** Ours over HTTP with everything it does; sharp in this process, from a buffer to a buffer. */
async function cold(service: Service, photo: Buffer, key: string): Promise<Result[]> {
  sharp.cache(false);
  sharp.concurrency(1);
  const results: Result[] = [];
  for (const { name, path, bare } of coldCases) {
    let width = 330;
    const oursOnce = async () => {
      const answer = await fetch(`${service.imagesUrl}/${path(width++)}/${key}`);
      if (answer.headers.get('x-cache') !== 'MISS')
        throw new Error(`${name}: ${answer.status}, not made anew`);
      await answer.arrayBuffer();
    };
    let bareWidth = 330;
    const bareOnce = () => bare(sharp(photo).autoOrient(), bareWidth++).toBuffer();
    await oursOnce();
    await bareOnce();
    const ours: number[] = [];
    const yardstick: number[] = [];
    for (let round = 0; round < rounds; round++) {
      ours.push(await ratePerSecond(oursOnce));
      yardstick.push(await ratePerSecond(bareOnce));
    }
    results.push(compare(`cold ${name} / bare sharp`, { ours, yardstick, unit: 'pictures/s', target: 0.95 }));
  }
  return results;
}

async function ratePerSecond(once: () => Promise<unknown>): Promise<number> {
  let left = coldPerRound;
  const start = performance.now();
  const work = async () => {
    while (left-- > 0) await once();
  };
  await Promise.all(Array.from({ length: workers }, work));
  return (coldPerRound * 1000) / (performance.now() - start);
}

async function cached(service: Service, key: string): Promise<Result[]> {
  const url = `${service.imagesUrl}/400x300/filters:format(jpeg)/${key}`;
  const made = await fetch(url);
  const size = (await made.arrayBuffer()).byteLength;
  const etag = made.headers.get('etag') ?? '';
  const port = await freePort();
  const script = fileURLToPath(new URL('./bare-images.ts', import.meta.url));
  const yardstick = fork(script, [String(port), String(size)], { execArgv: ['--import', 'tsx'] });
  await once(yardstick, 'message');
  const bareUrl = `http://127.0.0.1:${port}/bare`;
  const warm: number[] = [];
  const unchanged: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const figures = [
      await load(url, {}),
      await load(url, { 'If-None-Match': etag }),
      await load(bareUrl, {}),
    ];
    // The first round is for warming up.
    if (round === 0) continue;
    for (const [index, list] of [warm, unchanged, bare].entries()) list.push(figures[index] ?? Number.NaN);
  }
  yardstick.kill('SIGTERM');
  await once(yardstick, 'exit');
  const common = { yardstick: bare, unit: 'requests/s' };
  return [
    compare('warm, from memory / bare Fastify route', { ...common, ours: warm, target: 0.7 }),
    compare('304 / bare Fastify route', { ...common, ours: unchanged, target: 0.8 }),
  ];
}

async function load(url: string, headers: Record<string, string>): Promise<number> {
  const result = await autocannon({ url, headers, connections, duration: cachedSeconds });
  const expected = headers['If-None-Match'] === undefined ? result['2xx'] : result['3xx'];
  if (result.errors > 0 || expected !== result.requests.total) throw new Error(`${url}: unexpected answers`);
  return result.requests.average;
}

async function coalesced(service: Service, key: string): Promise<Result> {
  const before = await made(service);
  const asked = Array.from({ length: 64 }, () => fetch(`${service.imagesUrl}/777x555/${key}`));
  for (const answer of await Promise.all(asked)) {
    if (!answer.ok) throw new Error(`64 at once: ${answer.status}`);
    await answer.arrayBuffer();
  }
  const computations = (await made(service)) - before;
  return {
    name: 'computations for 64 equal requests at once (exactly)',
    ours: computations,
    yardstick: 1,
    unit: 'computations',
    ratio: computations,
    target: 1,
    holds: computations === 1,
  };
}

/** How many pictures the host has decoded. */
async function made(service: Service): Promise<number> {
  const text = await (await fetch(`${service.imagesUrl}/metrics`)).text();
  const counts = text.matchAll(/^bkend_image_work_seconds_count\{.*part="(?:all|decode)".*\} (\d+)$/gm);
  return Array.from(counts, ([, count]) => Number(count)).reduce((sum, count) => sum + count, 0);
}

/** The API's median latency while the image host is asked for one new size after another. */
async function flood(service: Service, key: string): Promise<Result> {
  const quiet = await apiLatency(service);
  let flooding = true;
  let width = 1000;
  const flooders = Array.from({ length: 32 }, async () => {
    while (flooding) {
      const answer = await fetch(`${service.imagesUrl}/${width++}x700/${key}`);
      await answer.arrayBuffer();
    }
  });
  const loud = await apiLatency(service);
  flooding = false;
  await Promise.all(flooders);
  const ratio = loud / quiet;
  return {
    name: 'API median latency under a flood of sizes / without (at most)',
    ours: loud,
    yardstick: quiet,
    unit: 'ms',
    ratio,
    target: 2,
    holds: ratio <= 2,
  };
}

/** One request after another, as one user would. */
async function apiLatency(service: Service): Promise<number> {
  const latencies: number[] = [];
  const end = performance.now() + 8_000;
  while (performance.now() < end) {
    const start = performance.now();
    const answer = await fetch(`${service.apiUrl}/v1/files?limit=20`, {
      headers: { 'X-API-Key': service.secretKey },
    });
    await answer.arrayBuffer();
    latencies.push(performance.now() - start);
  }
  return median(latencies);
}

function compare(
  name: string,
  figures: { ours: number[]; yardstick: number[]; unit: string; target: number },
): Result {
  const ours = median(figures.ours);
  const yardstick = median(figures.yardstick);
  const ratio = ours / yardstick;
  return {
    name,
    ours,
    yardstick,
    unit: figures.unit,
    ratio,
    target: figures.target,
    holds: ratio >= figures.target,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
