import { fork } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type ProxiedService,
  startProxiedService,
} from '../../../test-support/src/service/proxied-service.ts';
import { launchOptions } from '../browser/chromium.ts';
import { serveApp } from '../browser/web-server.ts';
import { MemoryWatch } from './process-memory.ts';

const MB = 1e6;
const GiB = 2 ** 30;

let service: ProxiedService;
beforeAll(async () => {
  // Parts of the usual size, which streams are gathered in.
  service = await startProxiedService({ env: { BKEND_MAX_PART_BYTES: String(5 * GiB) } });
});
afterAll(() => service[Symbol.asyncDispose]());

/** A sparse file of zeros, without blocks on disk. */
async function makeFile(sizeBytes: number): Promise<string> {
  const path = join(service.directory, `${sizeBytes}.bin`);
  const file = await open(path, 'w');
  await file.truncate(sizeBytes);
  await file.close();
  return path;
}

type Peak = Awaited<ReturnType<MemoryWatch['peak']>>;

function expectSmallIncrease(name: string, start: Peak, peak: Peak): void {
  const more = (peak.bytes - start.bytes) / MB;
  console.info(
    `${name}: ${(start.bytes / MB).toFixed()} MB at the start, ${more.toFixed()} MB more at the most`,
  );
  expect(peak.samples).toBeGreaterThan(20);
  expect(more).toBeLessThan(200);
}

test('Node uploads 5 GiB with less than 200 MB above its memory at the start', async () => {
  const child = fork(join(import.meta.dirname, 'upload-file.ts'), {
    execArgv: ['--import', 'tsx'],
    env: {
      ...process.env,
      BKEND_URL: service.running.apiUrl,
      BKEND_KEY: service.secretKey,
      BKEND_FILE: await makeFile(5 * GiB),
    },
  });
  expect(await once(child, 'message')).toContain('ready');
  await using memory = new MemoryWatch(child.pid ?? 0);
  const start = await memory.peak();
  child.send('go');
  const [size] = await once(child, 'message');
  expect(size).toBe(5 * GiB);
  expectSmallIncrease('Node', start, await memory.peak());
});

test('Chromium uploads a Blob of 1 GiB with less than 200 MB above its memory at the start', async () => {
  await using web = await serveApp('app.ts');
  // Only a browser server exposes its process, of which all others of the browser descend.
  const server = await chromium.launchServer(launchOptions());
  try {
    const browser = await chromium.connect(server.wsEndpoint());
    const page = await browser.newPage();
    await page.goto(web.url);
    await page.waitForFunction(() => 'app' in globalThis);
    await page.evaluate((options) => app.connect(options), {
      url: service.running.apiUrl,
      apiKey: service.publishableKey,
      tokens: [service.accessToken('alice')],
    });
    // Warm-up: all modules are loaded and have run once.
    await page.evaluate(() => app.storage.upload(app.file(1, 1000)));
    await page.setContent('<input type="file">');
    await page.setInputFiles('input', await makeFile(GiB));

    await using memory = new MemoryWatch(server.process().pid ?? 0);
    const start = await memory.peak();
    const size = await page.evaluate(async () => {
      const blob = document.querySelector('input')?.files?.[0];
      return blob && (await app.storage.upload(blob)).size;
    });
    expect(size).toBe(GiB);
    expectSmallIncrease('Chromium, all its processes', start, await memory.peak());
  } finally {
    await server.close();
  }
});
