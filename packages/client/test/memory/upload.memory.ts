import { fork } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchOptions } from '../browser/chromium.ts';
import { serveApp } from '../browser/web-server.ts';
import { accessToken, type Service, startService } from '../service.ts';
import { MemoryWatch } from './process-memory.ts';

const MB = 1e6;
const GiB = 2 ** 30;

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service[Symbol.asyncDispose]());

/** A file of zeros, which takes no room on disk until it is uploaded. */
async function makeFile(sizeBytes: number): Promise<string> {
  const path = join(service.directory, `${sizeBytes}.bin`);
  const file = await open(path, 'w');
  await file.truncate(sizeBytes);
  await file.close();
  return path;
}

type Peak = Awaited<ReturnType<MemoryWatch['peak']>>;

function expectLittleMore(who: string, start: Peak, peak: Peak): void {
  const more = (peak.bytes - start.bytes) / MB;
  console.info(
    `${who}: ${(start.bytes / MB).toFixed()} MB at the start, ${more.toFixed()} MB more at the most`,
  );
  expect(peak.looks).toBeGreaterThan(20);
  expect(more).toBeLessThan(200);
}

test('Node uploads 5 GiB with less than 200 MB more than it had at the start', async () => {
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
  expectLittleMore('Node', start, await memory.peak());
});

test('Chromium uploads a Blob of 1 GiB with less than 200 MB more than it had at the start', async () => {
  await using web = await serveApp('app.ts');
  // A server, because only that tells its process: all of the browser's descend from it.
  const server = await chromium.launchServer(launchOptions());
  try {
    const browser = await chromium.connect(server.wsEndpoint());
    const page = await browser.newPage();
    await page.goto(web.url);
    await page.waitForFunction(() => 'app' in globalThis);
    await page.evaluate((options) => app.connect(options), {
      url: service.running.apiUrl,
      apiKey: service.publishableKey,
      tokens: [accessToken('alice')],
    });
    // Everything is loaded and has run once.
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
    expectLittleMore('Chromium, all its processes', start, await memory.peak());
  } finally {
    await server.close();
  }
});
