import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { truncate, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { findEmbeddedDatabaseUrl } from '../packages/server/src/postgres/embedded/find-embedded-database.ts';
import { measureFlow } from './flow.ts';
import { interleave } from './interleave.ts';
import type { Result } from './result.ts';
import { freePort, type Service, startService } from './service.ts';

const connections = 64;
const secondsARound = 5;
const rounds = 4;
const body = JSON.stringify({ filename: 'photo.jpg', contentType: 'image/jpeg', fileSize: 123_456 });

/**
 * Presigning through the whole API, its row committed, compared with a bare Fastify route that does the same single INSERT;
 * and the growth of the api process while large uploads run.
 */
export async function benchApi(): Promise<Result[]> {
  await using service = await startService();
  await openUploads(service);
  return [
    ...(await presigning(service)),
    ...(await withQuotas(service)),
    await inBatches(service),
    await memory(service),
  ];
}

/** The benchmark's one owner opens hundreds of thousands of uploads and registers none. */
async function openUploads(service: Service): Promise<void> {
  await set(service, { 'quotas.openUploads': 1_000_000, 'quotas.openUploadBytes': 2 ** 50 });
}

async function set({ apiUrl, secretKey }: Service, settings: object): Promise<void> {
  const answer = await fetch(`${apiUrl}/v1/environment`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json', 'X-API-Key': secretKey },
    body: JSON.stringify(settings),
  });
  if (!answer.ok) throw new Error(`The settings cannot be changed: ${await answer.text()}`);
}

/** Wide enough for all that the benchmark uploads. */
const quotas = {
  'quotas.bytes': 2 ** 52,
  'quotas.files': 1e9,
  'quotas.userBytes': 2 ** 52,
  'quotas.userFiles': 1e9,
};
const noQuotas = Object.fromEntries(Object.keys(quotas).map((name) => [name, null]));
const quotaTarget = 0.9;

/** Presigning, and whole uploads, with quotas and without. */
async function withQuotas(service: Service): Promise<Result[]> {
  const presign = () => load(`${service.apiUrl}/v1/files/presigned-url`, { 'X-API-Key': service.secretKey });
  const measures = {
    'presign, 64 connections, quotas on / off': async () => (await presign()).requests.average,
    'presign, PUT 4 KiB, register, 32 clients, quotas on / off': () => measureFlow(service, secondsARound),
  };
  const results: Result[] = [];
  for (const [name, measure] of Object.entries(measures)) {
    await measure();
    const under = (settings: object) => async () => {
      await set(service, settings);
      return measure();
    };
    const round = await interleave(
      { ours: under(quotas), yardstick: under(noQuotas) },
      { rounds: 5, seconds: 120 },
    );
    const ratio = round.ours / round.yardstick;
    results.push({
      name,
      ...round,
      unit: 'requests/s',
      ratio,
      target: quotaTarget,
      holds: ratio >= quotaTarget,
    });
  }
  await set(service, noQuotas);
  return results;
}

const filesABatch = 100;
const batchTarget = 8;

/** Files presigned by requests for 100, compared with one request a file, from one client that waits for each answer. */
async function inBatches({ apiUrl, secretKey }: Service): Promise<Result> {
  const one = JSON.parse(body);
  const ask = async (path: string, sent: object) => {
    const answer = await fetch(`${apiUrl}/v1/files/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-API-Key': secretKey },
      body: JSON.stringify(sent),
    });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    await answer.arrayBuffer();
  };
  const rate = async (files: number, request: () => Promise<void>) => {
    const start = performance.now();
    let done = 0;
    while (performance.now() - start < 2_000) {
      await request();
      done += files;
    }
    return (done * 1_000) / (performance.now() - start);
  };
  const many = { files: Array.from({ length: filesABatch }, () => one) };
  const round = await interleave(
    {
      ours: () => rate(filesABatch, () => ask('presigned-urls', many)),
      yardstick: () => rate(1, () => ask('presigned-url', one)),
    },
    { rounds: 7, seconds: 60 },
  );
  const ratio = round.ours / round.yardstick;
  return {
    ...{ name: 'presign 100 in one request / one a request, one client', ...round, unit: 'files/s' },
    ...{ ratio, target: batchTarget, holds: ratio >= batchTarget },
  };
}

async function presigning(service: Service): Promise<Result[]> {
  const databaseUrl = await findEmbeddedDatabaseUrl(service.dataDir);
  if (databaseUrl === undefined) throw new Error('The embedded database does not run.');
  const port = await freePort();
  const yardstick = fork(
    fileURLToPath(new URL('./bare-fastify.ts', import.meta.url)),
    [databaseUrl, String(port), '10'],
    { execArgv: ['--import', 'tsx'] },
  );
  await once(yardstick, 'message');
  const ours: autocannon.Result[] = [];
  const bare: autocannon.Result[] = [];
  const measureOurs = () =>
    load(`${service.apiUrl}/v1/files/presigned-url`, { 'X-API-Key': service.secretKey });
  const measureBare = () => load(`http://127.0.0.1:${port}/bare`, {});
  await measureOurs();
  await measureBare();
  for (let round = 0; round < rounds; round++) {
    ours.push(await measureOurs());
    bare.push(await measureBare());
  }
  yardstick.kill('SIGTERM');
  await once(yardstick, 'exit');

  const rate = (results: autocannon.Result[]) => median(results.map((result) => result.requests.average));
  const p50 = median(ours.map((result) => result.latency.p50));
  const p99 = median(ours.map((result) => result.latency.p99));
  const ratio = rate(ours) / rate(bare);
  return [
    {
      name: 'presign, 64 connections, row committed / bare Fastify INSERT',
      ours: rate(ours),
      yardstick: rate(bare),
      unit: 'requests/s',
      ratio,
      target: 0.5,
      holds: ratio >= 0.5,
    },
    {
      name: 'presign p99 / p50 (at most)',
      ours: p99,
      yardstick: p50,
      unit: 'ms',
      ratio: p99 / p50,
      target: 5,
      holds: p99 <= 5 * p50,
    },
  ];
}

async function load(url: string, headers: Record<string, string>): Promise<autocannon.Result> {
  const result = await autocannon({
    url,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
    connections,
    duration: secondsARound,
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${url}: ${result.non2xx} refusals and ${result.errors} errors`);
  }
  return result;
}

const uploads = 100;
const uploadBytes = 50 * 1024 * 1024;
const growthLimitBytes = 20 * 1024 * 1024;

/** Growth of the api process while 100 uploads of 50 MB are in flight, whose bytes go to the object store. */
async function memory(service: Service): Promise<Result> {
  const source = join(service.dataDir, 'upload.bin');
  await writeFile(source, '');
  await truncate(source, uploadBytes);
  const before = await service.memoryOf('api');
  let largest = before;
  let uploading = true;
  const sampling = (async () => {
    while (uploading) {
      largest = Math.max(largest, await service.memoryOf('api'));
      await sleep(100);
    }
  })();
  await Promise.all(Array.from({ length: uploads }, () => upload(service, source)));
  uploading = false;
  await sampling;
  const growth = largest - before;
  return {
    name: 'api memory growth with 100 uploads of 50 MB in flight (at most)',
    ours: growth / 2 ** 20,
    yardstick: growthLimitBytes / 2 ** 20,
    unit: 'MiB',
    ratio: growth / growthLimitBytes,
    target: 1,
    holds: growth < growthLimitBytes,
  };
}

async function upload(service: Service, source: string): Promise<void> {
  const asked = await fetch(`${service.apiUrl}/v1/files/presigned-url`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-API-Key': service.secretKey },
    body: JSON.stringify({
      filename: 'a.bin',
      contentType: 'application/octet-stream',
      fileSize: uploadBytes,
    }),
  });
  const { url, key }: { url: string; key: string } = JSON.parse(await asked.text());
  const headers = { 'Content-Type': 'application/octet-stream', 'Content-Length': uploadBytes };
  const put = request(url, { method: 'PUT', headers });
  const answered = once(put, 'response');
  await pipeline(createReadStream(source), put);
  const [response] = await answered;
  response.resume();
  if (response.statusCode !== 200) throw new Error(`PUT was answered ${response.statusCode}`);
  const registered = await fetch(`${service.apiUrl}/v1/files`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-API-Key': service.secretKey },
    body: JSON.stringify({
      s3Key: key,
      originalName: 'a.bin',
      mimeType: 'application/octet-stream',
      size: uploadBytes,
    }),
  });
  if (registered.status !== 201) throw new Error(`register was answered ${registered.status}`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
