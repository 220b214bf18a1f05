import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { seededBytes } from '../random.ts';
import { accessToken } from '../service.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let page: Page;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage[Symbol.asyncDispose]());
afterEach(async () => {
  stage.service.api.calm();
  stage.service.objects.calm();
  await page.context().close();
});

const partBytes = 8 * 2 ** 20;
const inParts = 2 * partBytes + 100_003;
const digestOf = (seed: number, size: number) =>
  createHash('sha256').update(seededBytes(seed, size)).digest('hex');

/** What the service has, as the page downloads it. */
const download = (fileId: string) =>
  page.evaluate(async (id) => app.digest(await (await app.storage.download(id)).blob()), fileId);

const puts = () => stage.service.objects.seen.filter(({ method }) => method === 'PUT');

describe('upload', () => {
  test.each([
    ['in one PUT', 300_000, 1],
    ['in parts', inParts, 3],
  ])('%s stores the very bytes', async (_, size, requests) => {
    page = await stage.visit();
    const file = await page.evaluate((size) => app.storage.upload(app.file(1, size)), size);
    expect(file).toMatchObject({ originalName: '1.bin', size, mimeType: 'application/octet-stream' });
    expect(puts()).toHaveLength(requests);
    expect(await download(file.id)).toBe(digestOf(1, size));
  });

  test('tells how far it is while one PUT is under way', async () => {
    page = await stage.visit();
    const size = 15 * 2 ** 20;
    stage.service.objects.decide = () => ({ kind: 'slow', bytesPerSecond: 10 * 2 ** 20 });
    const told = await page.evaluate(async (size) => {
      app.start(app.file(2, size));
      await app.task;
      return app.told.map(({ bytes, total, phase }) => ({ bytes, total, phase }));
    }, size);
    const halfWay = told.filter(({ bytes, phase }) => phase === 'uploading' && bytes > 0 && bytes < size);
    expect(halfWay.length).toBeGreaterThan(2);
    expect(halfWay.map(({ bytes }) => bytes)).toEqual(
      halfWay.map(({ bytes }) => bytes).toSorted((a, b) => a - b),
    );
    expect(told.at(-1)).toEqual({ bytes: size, total: size, phase: 'done' });
  });

  test('waits while it is paused, and goes on when it is resumed', async () => {
    page = await stage.visit();
    const half = stage.service.objects;
    half.decide = () => ({ kind: 'slow', bytesPerSecond: 4 * 2 ** 20 });
    await page.evaluate((size) => app.start(app.file(3, size)), inParts);
    await page.waitForFunction(() => app.task.progress.bytes > 0);
    await page.evaluate(() => app.task.pause());
    half.calm();
    expect(await page.evaluate(() => app.task.progress.phase)).toBe('paused');
    expect(half.seen).toEqual([]);
    await page.evaluate(() => app.task.resume());
    const file = await page.evaluate(() => app.task);
    expect(await download(file.id)).toBe(digestOf(3, inParts));
  });

  test('leaves nothing when it is aborted', async () => {
    page = await stage.visit({ userId: 'aborting' });
    stage.service.objects.decide = () => ({ kind: 'slow', bytesPerSecond: 2 ** 20 });
    await page.evaluate((size) => app.start(app.file(4, size)), inParts);
    await page.waitForFunction(() => app.task.progress.bytes > 0);
    const { error } = await page.evaluate(() => {
      app.task.abort();
      return app.outcome(app.task);
    });
    expect(error).toMatchObject({ code: 'client/aborted', phase: 'uploading' });
    const { path } = puts()[0] ?? expect.fail('Nothing was sent.');
    const late = await fetch(`${stage.service.objects.url}${path}`, { method: 'PUT', body: 'late' });
    expect(late.status).toBe(404);
    expect(await page.evaluate(() => app.storage.usage())).toMatchObject({ files: 0, bytes: 0 });
  });

  test('goes on after a reload with what storage does not have', async () => {
    page = await stage.visit({ concurrency: 1 });
    const { objects } = stage.service;
    objects.decide = () => (puts().length > 1 ? { kind: 'stall' } : undefined);
    await page.evaluate((size) => app.start(app.file(5, size)), inParts);
    await expect.poll(() => puts().length).toBe(2);
    await page.reload();
    objects.calm();
    await stage.connect(page);
    const file = await page.evaluate((size) => app.storage.upload(app.file(5, size)), inParts);
    expect(puts().map(({ path }) => /partNumber=(\d+)/.exec(path)?.[1])).toEqual(['2', '3']);
    expect(await download(file.id)).toBe(digestOf(5, inParts));
  });

  test('starts anew after a reload when the file is another one', async () => {
    page = await stage.visit({ concurrency: 1 });
    const { objects } = stage.service;
    objects.decide = () => (puts().length > 1 ? { kind: 'stall' } : undefined);
    await page.evaluate((size) => app.start(app.file(6, size, 'same-name.bin')), inParts);
    await expect.poll(() => puts().length).toBe(2);
    await page.reload();
    objects.calm();
    await stage.connect(page);
    const size = inParts + 1;
    const file = await page.evaluate((size) => app.storage.upload(app.file(7, size, 'same-name.bin')), size);
    expect(puts()).toHaveLength(3);
    expect(await download(file.id)).toBe(digestOf(7, size));
  });

  // Playwright's offline refuses new requests and says so as the operating system would, by `navigator.onLine` and the
  // events `offline` and `online`. What is under way it leaves alone: that the proxies break, and the browser's own second try.
  test('waits for the network while there is none', async () => {
    page = await stage.visit();
    const { api, objects } = stage.service;
    objects.decide = () => ({ kind: 'slow', bytesPerSecond: 4 * 2 ** 20 });
    await page.evaluate((size) => app.start(app.file(8, size)), inParts);
    await page.waitForFunction(() => app.task.progress.bytes > 0);
    await page.context().setOffline(true);
    for (const proxy of [api, objects]) {
      proxy.decide = () => ({ kind: 'cut', afterBytes: 0 });
      proxy.hangUp();
    }
    // The last part is small, and may have got through.
    await page.waitForFunction((small) => app.task.progress.bytes <= small, inParts % partBytes);
    api.calm();
    objects.calm();
    // Longer than all tries and their waits together.
    const isSettled = page.evaluate(() =>
      Promise.race([app.outcome(app.task), new Promise((resolve) => setTimeout(resolve, 3000, 'waiting'))]),
    );
    expect(await isSettled).toBe('waiting');
    expect([api.seen, objects.seen]).toEqual([[], []]);
    await page.context().setOffline(false);
    const file = await page.evaluate(() => app.task);
    expect(await download(file.id)).toBe(digestOf(8, inParts));
  });

  test('fetches a new token when the login ends half-way', async () => {
    // Expired 28 s ago, and taken for another two: clocks have 30 s of leeway.
    const tokens = [accessToken('alice', -28), accessToken('alice')];
    page = await stage.visit({ tokens });
    stage.service.objects.decide = () => ({ kind: 'slow', bytesPerSecond: 2.5 * 2 ** 20 });
    const file = await page.evaluate((size) => app.storage.upload(app.file(9, size)), inParts);
    expect(await page.evaluate(() => app.refused)).toEqual([tokens[0]]);
    expect(await download(file.id)).toBe(digestOf(9, inParts));
  });

  test('names the CORS setting where the browser may not read the ETag', async () => {
    page = await stage.visit();
    stage.service.objects.decide = () => ({ kind: 'hide-header', name: 'Access-Control-Expose-Headers' });
    const { error } = await page.evaluate(
      (size) => app.outcome(app.storage.upload(app.file(10, size))),
      inParts,
    );
    expect(error?.code).toBe('client/etag-hidden');
    expect(error?.message).toContain('ExposeHeaders');
  });

  test('says what the server said, and the number to ask for help with', async () => {
    page = await stage.visit();
    const { error } = await page.evaluate(() => app.outcome(app.storage.upload('')));
    expect(error).toMatchObject({ code: 'file/file-too-small', status: 400, phase: 'preparing' });
    expect(error?.requestId).toMatch(/\S/);
  });
});

describe('download', () => {
  test('tells how far it is, and goes on where the connection broke', async () => {
    page = await stage.visit();
    const { id } = await page.evaluate((size) => app.storage.upload(app.file(11, size)), inParts);
    const { objects } = stage.service;
    objects.calm();
    objects.decide = () =>
      objects.seen.length < 4 ? { kind: 'cut-answer', afterBytes: 5_000_000 } : undefined;
    const { told, digest } = await page.evaluate(async (id) => {
      const told: { bytes: number; total: number | undefined }[] = [];
      const response = await app.storage.download(id, {
        onProgress: ({ bytes, total }) => told.push({ bytes, total }),
      });
      return { digest: await app.digest(await response.blob()), told };
    }, id);
    expect(digest).toBe(digestOf(11, inParts));
    expect(told.at(-1)).toEqual({ bytes: inParts, total: inParts });
    expect(objects.seen.length).toBeGreaterThan(3);
  });
});

describe('images', () => {
  const photo = fileURLToPath(new URL('../../../server/assets/sample.jpg', import.meta.url));

  /** Uploads the photo that the user has chosen in the page's file input. */
  const uploadPhoto = async (visibility: 'public' | 'private') => {
    await page.setContent('<input type="file">');
    await page.setInputFiles('input', photo);
    return page.evaluate((visibility) => {
      const file = document.querySelector('input')?.files?.[0];
      if (!file) throw new Error('No file was chosen.');
      return app.storage.upload(file, { visibility });
    }, visibility);
  };

  const show = (url: string) =>
    page.evaluate(async (url) => {
      const image = new Image();
      image.src = url;
      document.body.append(image);
      await image.decode();
      return { width: image.naturalWidth, height: image.naturalHeight };
    }, url);

  test('are shown resized by their URL', async () => {
    page = await stage.visit();
    const file = await uploadPhoto('public');
    expect(file).toMatchObject({ originalName: 'sample.jpg', mimeType: 'image/jpeg' });
    const url = await page.evaluate((file) => app.storage.imageUrl(file, { width: 40, height: 30 }), file);
    const { width, height } = await show(url);
    expect(Math.max(width / 40, height / 30)).toBe(1);
  });

  test('that are not public are shown by a signed URL alone', async () => {
    page = await stage.visit();
    const file = await uploadPhoto('private');
    const plain = await page.evaluate((file) => app.storage.imageUrl(file, { width: 40 }), file);
    await expect(show(plain)).rejects.toThrow('cannot be decoded');
    const { url } = await page.evaluate((id) => app.storage.signedImageUrl(id, { width: 40 }), file.id);
    expect(await show(url)).toMatchObject({ width: 40 });
  });
});
