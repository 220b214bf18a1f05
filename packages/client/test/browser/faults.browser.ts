import { createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, test } from 'vitest';
import { createFaultScenario } from '../fault-scenario.ts';
import { FaultyService } from '../faulty-service.ts';
import { seededBytes, seededRandom } from '../seeded.ts';
import { launchChromium } from './chromium.ts';
import { serveApp, type WebServer } from './web-server.ts';

/** Other seeds than in Node; `FAULT_RUNS=1 FAULT_SEED=n` repeats one run. */
const runs = Number(process.env.FAULT_RUNS ?? 20);
const firstSeed = Number(process.env.FAULT_SEED ?? 1001);

let faulty: FaultyService;
let browser: Browser;
let web: WebServer;
let page: Page;
beforeAll(async () => {
  [faulty, browser, web] = await Promise.all([FaultyService.start(), launchChromium(), serveApp('app.ts')]);
});
afterEach(() => page.context().close());
afterAll(async () => {
  await browser.close();
  await web[Symbol.asyncDispose]();
  await faulty[Symbol.asyncDispose]();
});

const seeds = Array.from({ length: runs }, (_, index) => firstSeed + index);

test.each(seeds)(
  'seed %i: an upload ends with one file of the same bytes, or with a StorageError and no file',
  async (seed) => {
    const random = seededRandom(seed);
    const size =
      random() < 0.35 ? 1 + Math.floor(random() * 1e6) : 16 * 2 ** 20 + 1 + Math.floor(random() * 12e6);
    const scenario = createFaultScenario(seed);
    const tag = `seed-${seed}`;
    page = await (await browser.newContext()).newPage();
    await page.goto(web.url);
    await page.waitForFunction(() => 'app' in globalThis);
    const life = [3600, 3600, -60][Math.floor(random() * 3)];
    await page.evaluate((options) => app.connect(options), {
      url: faulty.apiUrl,
      apiKey: faulty.service.publishableKey,
      tokens: [faulty.service.accessToken('alice', life), faulty.service.accessToken('alice')],
      stallSeconds: scenario.stallSeconds,
      retry: { firstDelaySeconds: 0.01, maxDelaySeconds: 0.1 },
    });
    // The abort reaches the page after the request, so the bytes sent until then differ from run to run.
    const abortsAt = scenario.kind !== 'outage' && random() < 0.2 ? Math.floor(random() * 12) : -1;
    faulty.begin(scenario, (number) => {
      // The page may be closed already.
      if (number === abortsAt) page.evaluate(() => app.task.abort()).catch(() => {});
    });
    const outcome = await page.evaluate(
      ({ seed, size, tag }) => {
        app.start(app.file(seed, size), { metadata: { tags: [tag] } });
        return app.outcome(app.task);
      },
      { seed, size, tag },
    );
    faulty.end();
    const sha256 = createHash('sha256').update(seededBytes(seed, size)).digest('hex');
    await faulty.expectGoodEnd({ scenario, outcome, tag, sha256, mayBeAborted: abortsAt >= 0 });
  },
);

test('storage has one object for each file after the jobs have run', () => faulty.expectNothingLeft());
