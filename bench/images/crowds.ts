import { interleave } from '../interleave.ts';
import type { Result } from '../result.ts';
import type { Service } from '../service.ts';

/** Computations for 64 concurrent equal requests. */
export async function measureEqualRequests(
  { imagesUrl }: Service,
  { key, operationsPort }: { key: string; operationsPort: number },
): Promise<Result> {
  const before = await made(operationsPort);
  const asked = Array.from({ length: 64 }, () => fetch(`${imagesUrl}/777x555/${key}`));
  for (const answer of await Promise.all(asked)) {
    if (!answer.ok) throw new Error(`64 at once: ${answer.status}`);
    await answer.arrayBuffer();
  }
  const computations = (await made(operationsPort)) - before;
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

/** Number of images the host has decoded. */
async function made(operationsPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${operationsPort}/metrics`)).text();
  const counts = text.matchAll(/^bkend_image_work_seconds_count\{.*part="(?:all|decode)".*\} (\d+)$/gm);
  return Array.from(counts, ([, count]) => Number(count)).reduce((sum, count) => sum + count, 0);
}

/** The API's median latency while 32 clients request new sizes of an image, and without them. */
export async function measureFlood(service: Service, key: string): Promise<Result> {
  let width = 1000;
  const underFlood = async () => {
    let flooding = true;
    const flooders = Array.from({ length: 32 }, async () => {
      while (flooding) {
        const answer = await fetch(`${service.imagesUrl}/${width++}x700/${key}`);
        await answer.arrayBuffer();
      }
    });
    const latency = await apiLatency(service);
    flooding = false;
    await Promise.all(flooders);
    return latency;
  };
  const measure = { ours: underFlood, yardstick: () => apiLatency(service) };
  const { ours, yardstick } = await interleave(measure, { rounds: 5, seconds: 60 });
  const ratio = ours / yardstick;
  return {
    name: 'API median latency under a flood of sizes / without (at most)',
    ours,
    yardstick,
    unit: 'ms',
    ratio,
    target: 2,
    holds: ratio <= 2,
  };
}

/** One request after another, as one user would. */
async function apiLatency({ apiUrl, secretKey }: Service): Promise<number> {
  const latencies: number[] = [];
  const end = performance.now() + 4_000;
  while (performance.now() < end) {
    const start = performance.now();
    const answer = await fetch(`${apiUrl}/v1/files?limit=20`, { headers: { 'X-API-Key': secretKey } });
    await answer.arrayBuffer();
    latencies.push(performance.now() - start);
  }
  return latencies.sort((a, b) => a - b)[Math.floor(latencies.length / 2)] ?? Number.NaN;
}
