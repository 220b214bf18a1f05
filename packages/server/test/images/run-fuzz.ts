import { fuzz } from './fuzz.ts';
import { startHost, World } from './running-host.ts';

/**
 * `npx tsx packages/server/test/images/run-fuzz.ts [seconds] [seed]`: requests broken images for this time (60 s by
 * default), prints the statuses, and exits with 1 for any status but 200, 400 and 415, or when memory has grown beyond bounds.
 */
const [seconds = '60', seed = String(Date.now())] = process.argv.slice(2);
const partMs = 60_000;
const maxGrowthMegabytes = 500;

const world = new World();
await using host = await startHost(world, { settings: { diskCacheBytes: 50e6, memoryCacheBytes: 10e6 } });
// Memory that libraries take once is no growth.
await fuzz({ world, url: host.url, milliseconds: 3_000, seed: 1 });
const before = process.memoryUsage.rss();
const statuses = new Map<number, number>();
const end = performance.now() + Number(seconds) * 1000;
for (let part = 0; performance.now() < end; part++) {
  const milliseconds = Math.min(partMs, end - performance.now());
  const done = await fuzz({ world, url: host.url, milliseconds, seed: Number(seed) + part });
  for (const [status, count] of done.statuses) statuses.set(status, (statuses.get(status) ?? 0) + count);
  world.answered.length = 0;
  console.log({ ...Object.fromEntries(statuses), grownByMegabytes: megabytesSince(before) });
}
console.log({ seed: Number(seed) });
const unexpected = [...statuses.keys()].some((status) => ![200, 400, 415].includes(status));
if (unexpected || megabytesSince(before) > maxGrowthMegabytes) process.exitCode = 1;

function megabytesSince(bytes: number): number {
  return Math.round((process.memoryUsage.rss() - bytes) / 1e6);
}
