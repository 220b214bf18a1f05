import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { interleave, type Round } from '../interleave.ts';
import { keepAliveLoad } from '../keep-alive-load.ts';
import type { Result } from '../result.ts';
import { freePort } from '../service.ts';

const bareRoute = fileURLToPath(new URL('./bare-route.ts', import.meta.url));
const load = { connections: 64, seconds: 2 };
const limit = { rounds: 7, seconds: 45 };

/** A cached rendition, compared with a bare Fastify route that sends the same bytes. */
export async function measureCached(imagesUrl: string, key: string): Promise<Result[]> {
  const url = `${imagesUrl}/400x300/filters:format(jpeg)/${key}`;
  const made = await fetch(url);
  const file = join(tmpdir(), `bkend-bench-${process.pid}.jpg`);
  await writeFile(file, new Uint8Array(await made.arrayBuffer()));
  const port = await freePort();
  const route = fork(bareRoute, [String(port), file], { execArgv: ['--import', 'tsx'] });
  try {
    await once(route, 'message');
    const urlsOf = () => [url];
    const bare = () =>
      keepAliveLoad({ ...load, urlsOf: () => [`http://127.0.0.1:${port}/bare`], status: 200 });
    const warm = () => keepAliveLoad({ ...load, urlsOf, status: 200 });
    const headers = { 'If-None-Match': made.headers.get('etag') ?? '' };
    const unchanged = () => keepAliveLoad({ ...load, urlsOf, headers, status: 304 });
    // Warm-up: compiled code is compared.
    for (const one of [bare, warm, unchanged]) await one();
    return [
      compare(
        'warm, from memory / bare Fastify route',
        await interleave({ ours: warm, yardstick: bare }, limit),
        0.7,
      ),
      compare('304 / bare Fastify route', await interleave({ ours: unchanged, yardstick: bare }, limit), 0.8),
    ];
  } finally {
    route.kill('SIGTERM');
    await once(route, 'exit');
    await rm(file);
  }
}

function compare(name: string, { ours, yardstick }: Round, target: number): Result {
  const ratio = ours / yardstick;
  return { name, ours, yardstick, unit: 'requests/s', ratio, target, holds: ratio >= target };
}
