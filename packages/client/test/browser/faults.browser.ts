import { createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, test } from 'vitest';
import { BadNetwork } from '../bad-network.ts';
import { seededBytes, seededRandom } from '../random.ts';
import { accessToken } from '../service.ts';
import { makeWeather } from '../weather.ts';
import { launchChromium } from './chromium.ts';
import { serveApp, type WebServer } from './web-server.ts';

/** Other seeds than Node's; `FAULT_SEED=n FAULT_RUNS=1` for one run again. */
const runs = Number(process.env.FAULT_RUNS ?? 20);
const firstSeed = Number(process.env.FAULT_SEED ?? 1001);

let network: BadNetwork;
let browser: Browser;
let web: WebServer;
let page: Page;
beforeAll(async () => {
  [network, browser, web] = await Promise.all([BadNetwork.start(), launchChromium(), serveApp('app.ts')]);
});
afterEach(() => page.context().close());
afterAll(async () => {
  await browser.close();
  await web[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
});

const seeds = Array.from({ length: runs }, (_, index) => firstSeed + index);

test.each(seeds)('seed %i: the right bytes and one file, or a typed error and none', async (seed) => {
  const random = seededRandom(seed);
  const size =
    random() < 0.35 ? 1 + Math.floor(random() * 1e6) : 16 * 2 ** 20 + 1 + Math.floor(random() * 12e6);
  const weather = makeWeather(seed);
  const tag = `seed-${seed}`;
  page = await (await browser.newContext()).newPage();
  await page.goto(web.url);
  await page.waitForFunction(() => 'app' in globalThis);
  const life = [3600, 3600, -60][Math.floor(random() * 3)];
  await page.evaluate((options) => app.connect(options), {
    url: network.apiUrl,
    apiKey: network.service.publishableKey,
    tokens: [accessToken('alice', life), accessToken('alice')],
    stallSeconds: weather.stallSeconds,
    retry: { firstDelaySeconds: 0.01, maxDelaySeconds: 0.1 },
  });
  // The page is told a little after the request, so what has been sent by then differs from run to run.
  const abortsAt = weather.kind !== 'outage' && random() < 0.2 ? Math.floor(random() * 12) : -1;
  network.begin(weather, (number) => {
    // Where the page has gone meanwhile, there is nothing to abort.
    if (number === abortsAt) page.evaluate(() => app.task.abort()).catch(() => {});
  });
  const outcome = await page.evaluate(
    ({ seed, size, tag }) => {
      app.start(app.file(seed, size), { metadata: { tags: [tag] } });
      return app.outcome(app.task);
    },
    { seed, size, tag },
  );
  network.end();
  const sha256 = createHash('sha256').update(seededBytes(seed, size)).digest('hex');
  await network.expectGoodEnd({ weather, outcome, tag, sha256, mayBeAborted: abortsAt >= 0 });
});

test('after the jobs storage holds what the files need, and nothing else', () => network.expectNothingLeft());
