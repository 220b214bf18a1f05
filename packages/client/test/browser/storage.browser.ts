import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { seededBytes } from '../seeded.ts';
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

/** SHA-256 of a file, as the page downloads it. */
const download = (fileId: string) =>
  page.evaluate(async (id) => app.digest(await (await app.storage.download(id)).blob()), fileId);

const puts = () => stage.service.objects.seen.filter(({ method }) => method === 'PUT');

describe('an upload in a browser', () => {
  test.each([
    ['in one PUT', 300_000, 1],
    ['in parts', inParts, 3],
  ])('an upload %s stores equal bytes', async (_, size, requests) => {
    page = await stage.visit();
    const file = await page.evaluate((size) => app.storage.upload(app.file(1, size)), size);
    expect(file).toMatchObject({ originalName: '1.bin', size, mimeType: 'application/octet-stream' });
    expect(puts()).toHaveLength(requests);
    expect(await download(file.id)).toBe(digestOf(1, size));
  });

  test('the progress of one PUT is reported while it is sent', async () => {
    page = await stage.visit();
    const size = 15 * 2 ** 20;
    stage.service.objects.decide = () => ({ kind: 'slow', bytesPerSecond: 10 * 2 ** 20 });
    const reports = await page.evaluate(async (size) => {
      app.start(app.file(2, size));
      await app.task;
      return app.reports.map(({ bytes, total, phase }) => ({ bytes, total, phase }));
    }, size);
    const halfWay = reports.filter(({ bytes, phase }) => phase === 'uploading' && bytes > 0 && bytes < size);
    expect(halfWay.length).toBeGreaterThan(2);
    expect(halfWay.map(({ bytes }) => bytes)).toEqual(
      halfWay.map(({ bytes }) => bytes).toSorted((a, b) => a - b),
    );
    expect(reports.at(-1)).toEqual({ bytes: size, total: size, phase: 'done' });
  });

  test('a paused upload sends nothing, and continues when it is resumed', async () => {
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

  test('an aborted upload leaves neither parts nor a file', async () => {
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

  test('an upload is resumed after a reload with the missing parts', async () => {
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

  test('an upload after a reload starts again when the file is another one', async () => {
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

  // Playwright's offline mode refuses new requests, and sets `navigator.onLine` and the events `offline` and `online`, as an
  // operating system would. It does not break open requests: the proxies do, and refuse the browser's own second try.
  test('an upload waits while the browser is offline', async () => {
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
    // The last part is small, and may be stored already.
    await page.waitForFunction((small) => app.task.progress.bytes <= small, inParts % partBytes);
    api.calm();
    objects.calm();
    // Longer than all tries and their pauses together.
    const isSettled = page.evaluate(() =>
      Promise.race([app.outcome(app.task), new Promise((resolve) => setTimeout(resolve, 3000, 'waiting'))]),
    );
    expect(await isSettled).toBe('waiting');
    expect([api.seen, objects.seen]).toEqual([[], []]);
    await page.context().setOffline(false);
    const file = await page.evaluate(() => app.task);
    expect(await download(file.id)).toBe(digestOf(8, inParts));
  });

  test('a token that expires during an upload is renewed', async () => {
    // Expired 28 s ago, and accepted for 2 s more: the leeway of clocks is 30 s.
    const tokens = [stage.service.accessToken('alice', -28), stage.service.accessToken('alice')];
    page = await stage.visit({ tokens });
    stage.service.objects.decide = () => ({ kind: 'slow', bytesPerSecond: 2.5 * 2 ** 20 });
    const file = await page.evaluate((size) => app.storage.upload(app.file(9, size)), inParts);
    expect(await page.evaluate(() => app.refused)).toEqual([tokens[0]]);
    expect(await download(file.id)).toBe(digestOf(9, inParts));
  });

  test('a hidden ETag is reported with the CORS setting that exposes it', async () => {
    page = await stage.visit();
    stage.service.objects.decide = () => ({ kind: 'hide-header', name: 'Access-Control-Expose-Headers' });
    const { error } = await page.evaluate(
      (size) => app.outcome(app.storage.upload(app.file(10, size))),
      inParts,
    );
    expect(error?.code).toBe('client/etag-hidden');
    expect(error?.message).toContain('ExposeHeaders');
  });

  test("an error has the API's code, status and request id", async () => {
    page = await stage.visit();
    const { error } = await page.evaluate(() => app.outcome(app.storage.upload('')));
    expect(error).toMatchObject({ code: 'file/file-too-small', status: 400, phase: 'preparing' });
    expect(error?.requestId).toMatch(/\S/);
  });
});

describe('a download in a browser', () => {
  test('a download continues where the connection broke, and reports its progress', async () => {
    page = await stage.visit();
    const { id } = await page.evaluate((size) => app.storage.upload(app.file(11, size)), inParts);
    const { objects } = stage.service;
    objects.calm();
    objects.decide = () =>
      objects.seen.length < 4 ? { kind: 'cut-answer', afterBytes: 5_000_000 } : undefined;
    const { reports, digest } = await page.evaluate(async (id) => {
      const reports: { bytes: number; total: number | undefined }[] = [];
      const response = await app.storage.download(id, {
        onProgress: ({ bytes, total }) => reports.push({ bytes, total }),
      });
      return { digest: await app.digest(await response.blob()), reports };
    }, id);
    expect(digest).toBe(digestOf(11, inParts));
    expect(reports.at(-1)).toEqual({ bytes: inParts, total: inParts });
    expect(objects.seen.length).toBeGreaterThan(3);
  });
});

describe('images in a browser', () => {
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

  test('an image URL shows a resized rendition', async () => {
    page = await stage.visit();
    const file = await uploadPhoto('public');
    expect(file).toMatchObject({ originalName: 'sample.jpg', mimeType: 'image/jpeg' });
    const url = await page.evaluate((file) => app.storage.imageUrl(file, { width: 40, height: 30 }), file);
    const { width, height } = await show(url);
    expect(Math.max(width / 40, height / 30)).toBe(1);
  });

  test('only a signed image URL shows an image that is not public', async () => {
    page = await stage.visit();
    const file = await uploadPhoto('private');
    const plain = await page.evaluate((file) => app.storage.imageUrl(file, { width: 40 }), file);
    await expect(show(plain)).rejects.toThrow('cannot be decoded');
    const { url } = await page.evaluate((id) => app.storage.signedImageUrl(id, { width: 40 }), file.id);
    expect(await show(url)).toMatchObject({ width: 40 });
  });
});
