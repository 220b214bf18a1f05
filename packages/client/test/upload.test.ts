import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import { createStorage, type Storage } from '../src/node.ts';
import { seededBytes } from './seeded.ts';
import { downloadBytes, errorOf, serviceUnderTest } from './service-under-test.ts';

const tested = serviceUnderTest();
let alice: Storage;
beforeAll(() => {
  alice = tested.storageOf('alice', { journal: tested.journal() });
});

const partBytes = 8 * 2 ** 20;
const inParts = seededBytes(1, 2 * partBytes + 100_003);

describe('a source', { timeout: 30_000 }, () => {
  const text = 'a line of text\n';
  const path = () => join(tested.service.directory, 'photo.jpg');
  const textPath = () => join(tested.service.directory, 'notes.txt');
  test.each<[string, () => Parameters<Storage['upload']>, Buffer]>([
    ['text', () => [text], Buffer.from(text)],
    ['a Blob', () => [new Blob([text], { type: 'text/x-test' })], Buffer.from(text)],
    ['a File', () => [new File([text], 'named.txt')], Buffer.from(text)],
    ['a Buffer', () => [Buffer.from(text)], Buffer.from(text)],
    [
      'a view of a larger buffer',
      () => [new Uint16Array(seededBytes(2, 64).buffer, 8, 4)],
      seededBytes(2, 64).subarray(8, 16),
    ],
    ['an ArrayBuffer', () => [seededBytes(2, 64).buffer], seededBytes(2, 64)],
    ['a web stream', () => [new Blob([text]).stream()], Buffer.from(text)],
    ['a Node stream of text', () => [Readable.from(['a line ', 'of text\n'])], Buffer.from(text)],
    ['a path', () => [{ path: textPath() }], Buffer.from(text)],
    ['a large Blob', () => [new Blob([inParts])], inParts],
    ['a large path', () => [{ path: `${path()}.large` }], inParts],
    ['a large stream with a size', () => [new Blob([inParts]).stream(), { size: inParts.length }], inParts],
    [
      'a large stream without a size',
      () => [Readable.from([inParts.subarray(0, 9e6), inParts.subarray(9e6)])],
      inParts,
    ],
  ])('%s is stored byte by byte', async (_, input, bytes) => {
    await writeFile(textPath(), text);
    await writeFile(`${path()}.large`, inParts);
    const file = await alice.upload(...input());
    expect(file.size).toBe(bytes.length);
    expect((await downloadBytes(alice, file.id)).equals(bytes)).toBe(true);
  });

  test('a file has the name and the type of its source', async () => {
    await writeFile(path(), seededBytes(3, 64));
    expect(await alice.upload({ path: path() })).toMatchObject({
      originalName: 'photo.jpg',
      mimeType: 'image/jpeg',
    });
    expect(await alice.upload(new File([text], 'ä.txt', { type: 'text/css' }))).toMatchObject({
      originalName: 'ä.txt',
      mimeType: 'text/css',
    });
  });

  test('a stream of another length than its size is refused', async () => {
    const short = await errorOf(alice.upload(Readable.from(['abc']), { size: 4 }));
    const long = await errorOf(alice.upload(Readable.from(['abc']), { size: 2 }));
    expect([short.code, long.code]).toEqual(['client/source-changed', 'client/source-changed']);
  });

  test.each([
    ['of 10 KiB', inParts.subarray(0, 10 * 1024)],
    ['in parts', inParts],
  ])('a local file %s that changes during its upload ends the upload', async (_, bytes) => {
    await writeFile(`${path()}.changing`, bytes);
    const task = alice.upload({ path: `${path()}.changing` });
    tested.service.objects.decide = () => {
      writeFileSync(`${path()}.changing`, bytes.subarray(1));
      return undefined;
    };
    expect(await errorOf(task)).toMatchObject({ code: 'client/source-changed' });
  });
});

describe('an upload', { timeout: 30_000 }, () => {
  test('the description of an upload is registered with the file', async () => {
    const description = {
      visibility: 'shared',
      category: 'attachments',
      bucket: 'avatars',
      sharedWith: ['bob'],
      metadata: { tags: ['t'], alt: 'words' },
    } as const;
    const file = await alice.upload('x', {
      ...description,
      metadata: { tags: ['t'], alt: 'words' },
      sharedWith: ['bob'],
    });
    expect(file).toMatchObject(description);
  });

  test('progress is reported at most ten times a second, never above the total, and up to it', async () => {
    const reports: { bytes: number; phase: string; at: number }[] = [];
    await alice.upload(new Blob([inParts]), {
      onProgress: ({ bytes, phase, total }) => {
        expect(total).toBe(inParts.length);
        reports.push({ bytes, phase, at: performance.now() });
      },
    });
    expect(reports.at(-1)).toMatchObject({ bytes: inParts.length, phase: 'done' });
    for (const { bytes } of reports) expect(bytes).toBeLessThanOrEqual(inParts.length);
    for (const { at } of reports)
      expect(reports.filter((other) => other.at >= at && other.at < at + 1000).length).toBeLessThanOrEqual(
        10,
      );
  });

  test('a paused upload sends nothing, and continues when it is resumed', async () => {
    const { objects } = tested.service;
    const task = alice.upload(new Blob([inParts]));
    objects.decide = () => {
      task.pause();
      return undefined;
    };
    await expect.poll(() => task.progress.phase).toBe('paused');
    objects.calm();
    expect(objects.seen).toEqual([]);
    task.resume();
    const file = await task;
    expect((await downloadBytes(alice, file.id)).equals(inParts)).toBe(true);
  });

  test("an empty file is refused with the API's code, status and request id", async () => {
    const error = await errorOf(alice.upload(''));
    expect(error).toMatchObject({
      code: 'file/file-too-small',
      status: 400,
      phase: 'preparing',
      retryable: false,
    });
    expect(error.requestId).toMatch(/\S/);
  });

  test('a hidden ETag is reported with the CORS setting that exposes it', async () => {
    const { api, objects, secretKey } = tested.service;
    const hidden = createStorage({ url: api.url, apiKey: secretKey });
    objects.decide = () => ({ kind: 'refuse', status: 200 });
    const error = await errorOf(hidden.upload(new Blob([inParts])));
    expect(error.code).toBe('client/etag-hidden');
    expect(error.message).toContain('ExposeHeaders');
  });

  test('a refusal because of the time of day is reported as clock skew', async () => {
    const body =
      '<Error><Code>RequestTimeTooSkewed</Code><RequestTime>20260101T000000Z</RequestTime><ServerTime>2026-01-01T01:00:00Z</ServerTime></Error>';
    tested.service.objects.decide = () => ({ kind: 'refuse', status: 403, body });
    expect(await errorOf(alice.upload('x'))).toMatchObject({ code: 'client/clock-skew', phase: 'uploading' });
  });
});

describe('a batch', { timeout: 30_000 }, () => {
  test('a batch reports the outcome of each file in order, and the progress of all together', async () => {
    const items = ['a', '', 'ccc'].map((source, index) => ({
      source: new Blob([source]),
      filename: `${index}.txt`,
    }));
    let last = { bytes: 0, total: 0 as number | undefined, filesDone: 0, files: 0 };
    const outcomes = await alice.uploadAll(items, {
      onProgress: (progress) => {
        last = progress;
      },
    });
    expect(outcomes.map(({ file, error }) => file?.originalName ?? error?.code)).toEqual([
      '0.txt',
      'file/file-too-small',
      '2.txt',
    ]);
    expect(last).toMatchObject({ bytes: 4, total: 4, filesDone: 3, files: 3, phase: 'done' });
  });

  test('an item whose own signal is aborted fails, and the others are uploaded', async () => {
    const one = new AbortController();
    one.abort();
    const outcomes = await alice.uploadAll([{ source: 'a', signal: one.signal }, 'b']);
    expect(outcomes.map(({ error }) => error?.code)).toEqual(['client/aborted', undefined]);
  });

  test('aborting a batch also ends items with a signal of their own', async () => {
    tested.service.objects.decide = () => ({ kind: 'stall' });
    const task = alice.uploadAll([{ source: 'a', signal: new AbortController().signal }, 'b']);
    await expect.poll(tested.puts).toBe(2);
    task.abort();
    expect((await task).map(({ error }) => error?.code)).toEqual(['client/aborted', 'client/aborted']);
  });

  test('a batch pauses and resumes all its uploads', async () => {
    let phase = '';
    const task = tested.storageOf('alice', { concurrency: 2 }).uploadAll(
      Array.from({ length: 6 }, (_, index) => new Blob([`${index}`])),
      {
        onProgress: (progress) => {
          phase = progress.phase;
        },
      },
    );
    tested.service.objects.decide = () => {
      task.pause();
      return undefined;
    };
    await expect.poll(() => phase).toBe('paused');
    expect(tested.puts()).toBeLessThanOrEqual(2);
    tested.service.objects.decide = () => undefined;
    task.resume();
    expect((await task).every(({ file }) => file)).toBe(true);
  });
});
