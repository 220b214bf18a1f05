import { createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readBucket } from '../../../test-support/src/bucket/service-bucket.ts';
import {
  type ProxiedService,
  startProxiedService,
} from '../../../test-support/src/service/proxied-service.ts';
import { createStorage, type Storage } from '../../src/node.ts';
import { launchChromium } from './chromium.ts';
import { serveApp, type WebServer } from './web-server.ts';

const partBytes = 8 * 2 ** 20;
const inParts = 2 * partBytes + 100_000;

let service: ProxiedService;
let browser: Browser;
let alice: Storage;
beforeAll(async () => {
  [service, browser] = await Promise.all([startProxiedService(), launchChromium()]);
  alice = createStorage({
    url: service.running.apiUrl,
    apiKey: service.publishableKey,
    accessToken: service.accessToken('alice'),
  });
});
afterAll(async () => {
  await browser.close();
  await service[Symbol.asyncDispose]();
});

describe.each([
  ['Uppy 6', 'uppy-6-app.ts'],
  ['Uppy 5', '../../../../compat/uppy-5/app.ts'],
])('%s', (version, app) => {
  let web: WebServer;
  let page: Page;
  let tag: string;
  let tests = 0;
  beforeAll(async () => {
    web = await serveApp(app);
  });
  afterAll(() => web[Symbol.asyncDispose]());

  beforeEach(async () => {
    tag = `${version} ${tests++}`;
    page = await (await browser.newContext()).newPage();
    await page.goto(web.url);
    await page.waitForFunction(() => 'connectUppy' in globalThis);
    const options = {
      url: service.api.url,
      apiKey: service.publishableKey,
      accessToken: service.accessToken('alice'),
      tag,
    };
    await page.evaluate((options) => {
      globalThis.uppy = connectUppy(options);
    }, options);
  });
  afterEach(async () => {
    await page.context().close();
    service.api.calm();
    service.objects.calm();
  });

  /** Refuses all POSTs to a path from now on, but not the CORS preflights. */
  const refuse = (refused: string) => {
    service.api.decide = ({ method, path }) =>
      method === 'POST' && path === refused ? { kind: 'refuse', status: 404 } : undefined;
  };
  const puts = () => service.objects.seen.filter(({ method }) => method === 'PUT');

  /** Adds a file to Uppy, as when a user drops one. */
  const add = (size: number) =>
    page.evaluate((size) => {
      const bytes = new Uint32Array(size / 4).map((_, index) => index);
      return uppy.addFile({ name: 'holiday.bin', type: 'application/x-holiday', data: new Blob([bytes]) });
    }, size);
  const upload = () => page.evaluate(() => uppy.upload());

  /** One file is registered, its bytes are those added, and Uppy's result has its id. */
  const expectOneFile = async (result: Awaited<ReturnType<typeof upload>>, size: number) => {
    expect(result?.failed).toEqual([]);
    const { items } = await alice.listPage({ tag });
    expect(items).toHaveLength(1);
    const [file] = items;
    expect(file).toMatchObject({ originalName: 'holiday.bin', mimeType: 'application/x-holiday', size });
    expect(result?.successful?.map(({ response }) => response?.body?.id)).toEqual([file?.id]);
    const stored = new Uint8Array(await (await alice.download(file?.id ?? '')).arrayBuffer());
    const digest = (bytes: Uint8Array | Uint32Array) => createHash('sha256').update(bytes).digest('hex');
    expect(digest(stored)).toBe(digest(new Uint32Array(size / 4).map((_, index) => index)));
  };

  test('a small file is uploaded in one PUT', async () => {
    await add(300_000);
    await expectOneFile(await upload(), 300_000);
    expect(puts()).toHaveLength(1);
  });

  test('a large file is uploaded in parts', async () => {
    await add(inParts);
    await expectOneFile(await upload(), inParts);
    expect(puts()).toHaveLength(3);
  });

  test('a failed part is sent again', async () => {
    await add(inParts);
    service.objects.decide = ({ method }) =>
      method === 'PUT' && puts().length === 2 ? { kind: 'refuse', status: 503 } : undefined;
    await expectOneFile(await upload(), inParts);
    expect(puts()).toHaveLength(4);
  });

  test('an upload that failed is completed by retryAll()', async () => {
    await add(inParts);
    refuse('/v1/files/multipart/complete');
    const first = await upload();
    expect(first?.failed).toHaveLength(1);
    service.api.calm();
    await expectOneFile(await page.evaluate(() => uppy.retryAll()), inParts);
  });

  test('a file is registered once when the first answer of each call is lost', async () => {
    await add(inParts);
    const lost = new Set<string>();
    service.api.decide = ({ method, path }) => {
      if (method !== 'POST' || lost.has(path)) return undefined;
      lost.add(path);
      return { kind: 'lose-answer' };
    };
    await expectOneFile(await upload(), inParts);
    expect([...lost]).toContain('/v1/files');
  });

  test('a file that cannot be registered counts as failed, and is registered by retryAll()', async () => {
    await add(1000);
    refuse('/v1/files');
    const result = await upload();
    expect([result?.successful, result?.failed?.map(({ error }) => typeof error)]).toEqual([[], ['string']]);
    service.api.calm();
    await expectOneFile(await page.evaluate(() => uppy.retryAll()), 1000);
    expect(puts()).toHaveLength(1);
  });

  test('a cancelled upload leaves neither parts nor a file', async () => {
    const before = await readBucket(service.running, '');
    await add(inParts);
    service.objects.decide = () => ({ kind: 'slow', bytesPerSecond: 2 ** 20 });
    const uploading = upload();
    await page.waitForFunction(() => Number(uppy.getFiles()[0]?.progress.bytesUploaded) > 0);
    await page.evaluate(() => uppy.cancelAll());
    await uploading;
    const aborts = () =>
      service.api.seen.filter(({ method, path }) => method === 'POST' && path.endsWith('/abort'));
    await expect.poll(() => aborts().length).toBe(1);
    // Jobs may still be removing objects of earlier uploads.
    const isNew = (key: string) => !before.objects.includes(key) && !before.uploads.includes(key);
    const added = async () => {
      const { objects, uploads } = await readBucket(service.running, '');
      return [...objects, ...uploads].filter(isNew);
    };
    await expect.poll(added).toEqual([]);
    expect((await alice.listPage({ tag })).items).toEqual([]);
  });
});
