import { fuzz } from './fuzz.ts';
import { startHost, World } from './running-host.ts';

/**
 * `npx tsx packages/server/test/images/run-fuzz.ts [seconds] [seed]`: asks for broken pictures for so long (a minute when
 * not said), says what came of it, and ends with 1 for any answer but 200 and 400, or when memory has grown beyond bounds.
 */
const [seconds = '60', seed = String(Date.now())] = process.argv.slice(2);
const maxGrowthBytes = 500e6;

const world = new World();
await using host = await startHost(world, { settings: { diskCacheBytes: 50e6, memoryCacheBytes: 10e6 } });
// What libraries take once is no growth.
await fuzz({ world, url: host.url, milliseconds: 3_000, seed: 1 });
const before = process.memoryUsage.rss();
let highest = before;
const watch = setInterval(() => {
  highest = Math.max(highest, process.memoryUsage.rss());
}, 100);
const { statuses } = await fuzz({
  world,
  url: host.url,
  milliseconds: Number(seconds) * 1000,
  seed: Number(seed),
});
clearInterval(watch);

const growth = highest - before;
console.log({
  seed: Number(seed),
  ...Object.fromEntries(statuses),
  grownByMegabytes: Math.round(growth / 1e6),
});
const unexpected = [...statuses.keys()].some((status) => status !== 200 && status !== 400);
if (unexpected || growth > maxGrowthBytes) process.exitCode = 1;
