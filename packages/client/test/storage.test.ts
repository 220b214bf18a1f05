import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createStorage, type Storage, StorageError } from '../src/node.ts';
import { seededBytes } from './random.ts';
import { accessToken, type Service, startService } from './service.ts';

let service: Service;
let alice: Storage;
let bob: Storage;

beforeAll(async () => {
  service = await startService();
  const { publishableKey: apiKey, imagesUrl, api, directory } = service;
  const journal = join(directory, 'journal');
  const retry = { firstDelaySeconds: 0.05, maxDelaySeconds: 0.5 };
  const options = { url: api.url, apiKey, imagesUrl, journal, retry };
  alice = createStorage({ ...options, accessToken: accessToken('alice') });
  bob = createStorage({ ...options, accessToken: () => accessToken('bob') });
}, 60_000);
afterAll(() => service[Symbol.asyncDispose](), 60_000);
afterEach(() => {
  service.api.calm();
  service.objects.calm();
});

const partBytes = 8 * 2 ** 20;
const inParts = seededBytes(1, 2 * partBytes + 100_003);

async function bytesOf(fileId: string): Promise<Buffer> {
  return Buffer.from(await (await alice.download(fileId)).arrayBuffer());
}

async function refusal(promise: Promise<unknown>): Promise<StorageError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof StorageError) return error;
  throw new Error('It was not refused with a StorageError.', { cause: error });
}

describe('upload', { timeout: 30_000 }, () => {
  const text = 'a line of text\n';
  const path = () => join(service.directory, 'photo.jpg');
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
    ['a path', () => [{ path: path() }], Buffer.from(text)],
    ['a large Blob', () => [new Blob([inParts])], inParts],
    ['a large path', () => [{ path: `${path()}.large` }], inParts],
    [
      'a large stream that says its size',
      () => [new Blob([inParts]).stream(), { size: inParts.length }],
      inParts,
    ],
    [
      'a large stream that does not',
      () => [Readable.from([inParts.subarray(0, 9e6), inParts.subarray(9e6)])],
      inParts,
    ],
  ])('takes %s', async (_, input, bytes) => {
    await writeFile(path(), text);
    await writeFile(`${path()}.large`, inParts);
    const file = await alice.upload(...input());
    expect(file.size).toBe(bytes.length);
    expect((await bytesOf(file.id)).equals(bytes)).toBe(true);
  });

  test('names and types a file as its source does', async () => {
    await writeFile(path(), text);
    expect(await alice.upload({ path: path() })).toMatchObject({
      originalName: 'photo.jpg',
      mimeType: 'image/jpeg',
    });
    expect(await alice.upload(new File([text], 'ä.txt', { type: 'text/css' }))).toMatchObject({
      originalName: 'ä.txt',
      mimeType: 'text/css',
    });
  });

  test('registers what the app says about the file', async () => {
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

  test('tells of its progress seldom enough, truly, and to the end', async () => {
    const told: { bytes: number; phase: string; at: number }[] = [];
    await alice.upload(new Blob([inParts]), {
      onProgress: ({ bytes, phase, total }) => {
        expect(total).toBe(inParts.length);
        told.push({ bytes, phase, at: performance.now() });
      },
    });
    expect(told.at(-1)).toMatchObject({ bytes: inParts.length, phase: 'done' });
    for (const { bytes } of told) expect(bytes).toBeLessThanOrEqual(inParts.length);
    for (const { at } of told)
      expect(told.filter((other) => other.at >= at && other.at < at + 1000).length).toBeLessThanOrEqual(10);
  });

  test('sends nothing while it is paused, and goes on when it is resumed', async () => {
    const task = alice.upload(new Blob([inParts]));
    service.objects.decide = () => {
      task.pause();
      return undefined;
    };
    await expect.poll(() => task.progress.phase).toBe('paused');
    service.objects.calm();
    expect(service.objects.seen).toEqual([]);
    task.resume();
    const file = await task;
    expect((await bytesOf(file.id)).equals(inParts)).toBe(true);
  });

  test('refuses a stream that is not as long as it was said to be', async () => {
    const short = await refusal(alice.upload(Readable.from(['abc']), { size: 4 }));
    const long = await refusal(alice.upload(Readable.from(['abc']), { size: 2 }));
    expect([short.code, long.code]).toEqual(['client/source-changed', 'client/source-changed']);
  });

  test('says what the server said of an empty file', async () => {
    const error = await refusal(alice.upload(''));
    expect(error).toMatchObject({
      code: 'file/file-too-small',
      status: 400,
      phase: 'preparing',
      retryable: false,
    });
    expect(error.requestId).toMatch(/\S/);
  });

  test('notices a file that changes while it is uploaded', async () => {
    await writeFile(`${path()}.large`, inParts);
    const task = alice.upload({ path: `${path()}.large` });
    service.objects.decide = () => {
      void writeFile(`${path()}.large`, inParts.subarray(1));
      return undefined;
    };
    expect(await refusal(task)).toMatchObject({ code: 'client/source-changed' });
  });

  test('names the CORS setting where the ETag cannot be read', async () => {
    const hidden = createStorage({ url: service.api.url, apiKey: service.secretKey });
    service.objects.decide = () => ({ kind: 'refuse', status: 200 });
    const error = await refusal(hidden.upload(new Blob([inParts])));
    expect(error.code).toBe('client/etag-hidden');
    expect(error.message).toContain('ExposeHeaders');
  });

  test('names the skew of the clocks', async () => {
    const body =
      '<Error><Code>RequestTimeTooSkewed</Code><RequestTime>20260101T000000Z</RequestTime><ServerTime>2026-01-01T01:00:00Z</ServerTime></Error>';
    service.objects.decide = () => ({ kind: 'refuse', status: 403, body });
    expect(await refusal(alice.upload('x'))).toMatchObject({ code: 'client/clock-skew', phase: 'uploading' });
  });
});

describe('abort', { timeout: 30_000 }, () => {
  const tag = 'aborted';
  const aborted = { metadata: { tags: [tag] } };
  const noneRegistered = async () => expect((await alice.listPage({ tag })).pagination.total).toBe(0);

  test('in the middle of parts leaves no upload behind', async () => {
    let uploadUrl = '';
    const controller = new AbortController();
    service.objects.decide = ({ path }) => {
      uploadUrl = path;
      controller.abort('enough');
      return undefined;
    };
    const error = await refusal(alice.upload(new Blob([inParts]), { ...aborted, signal: controller.signal }));
    expect(error).toMatchObject({
      code: 'client/aborted',
      name: 'AbortError',
      phase: 'uploading',
      cause: 'enough',
    });
    service.objects.calm();
    const late = await fetch(`${service.objects.url}${uploadUrl}`, { method: 'PUT', body: 'late' });
    expect(late.status).toBe(404);
    await noneRegistered();
  });

  test.each(['/v1/files/multipart/complete', '/v1/files'])(
    'while waiting for %s leaves no file behind',
    async (path) => {
      const controller = new AbortController();
      service.api.decide = (request) => {
        if (request.method !== 'POST' || request.path !== path) return undefined;
        service.api.decide = () => undefined;
        setTimeout(() => controller.abort(), 300);
        return { kind: 'lose-answer' };
      };
      const stubborn = createStorage({
        url: service.api.url,
        apiKey: service.publishableKey,
        accessToken: accessToken('alice'),
        retry: { firstDelaySeconds: 60, maxDelaySeconds: 60 },
      });
      const error = await refusal(
        stubborn.upload(new Blob([inParts]), { ...aborted, signal: controller.signal }),
      );
      expect(error.code).toBe('client/aborted');
      await noneRegistered();
    },
  );

  test('before the start sends nothing', async () => {
    service.api.calm();
    const error = await refusal(alice.upload('x', { signal: AbortSignal.abort() }));
    expect(error.code).toBe('client/aborted');
    expect(service.api.seen).toEqual([]);
  });
});

describe('an upload that is taken up again', { timeout: 30_000 }, () => {
  const path = () => join(service.directory, 'resumed.bin');
  /** Uploads until the parts after the first are refused for good. */
  async function stopHalfWay(): Promise<void> {
    await writeFile(path(), inParts);
    const hasty = createStorage({
      url: service.api.url,
      apiKey: service.publishableKey,
      accessToken: accessToken('alice'),
      journal: join(service.directory, 'journal'),
      concurrency: 1,
      retry: { tries: 1 },
    });
    let puts = 0;
    service.objects.decide = () => (++puts > 1 ? { kind: 'cut', afterBytes: 0 } : undefined);
    expect(await refusal(hasty.upload({ path: path() }))).toMatchObject({
      code: 'client/network',
      retryable: true,
    });
    service.objects.calm();
  }

  test('sends only the parts that storage does not have', async () => {
    await stopHalfWay();
    const file = await alice.upload({ path: path() });
    expect(service.objects.seen.filter(({ method }) => method === 'PUT')).toHaveLength(2);
    expect((await bytesOf(file.id)).equals(inParts)).toBe(true);
  });

  test('starts anew when the file has changed', async () => {
    await stopHalfWay();
    const changed = seededBytes(7, inParts.length);
    await writeFile(path(), changed);
    const file = await alice.upload({ path: path() });
    expect((await bytesOf(file.id)).equals(changed)).toBe(true);
  });

  test('starts anew when the server knows it no more', async () => {
    await stopHalfWay();
    const [, uploadId] = /uploadId=([^&]+)/.exec(service.objects.seen[0]?.path ?? '') ?? [];
    expect(uploadId).toBeUndefined();
    service.api.decide = ({ path: asked }) =>
      asked.startsWith('/v1/files/multipart/parts') ? notFound : undefined;
    const file = await alice.upload({ path: path() });
    expect((await bytesOf(file.id)).equals(inParts)).toBe(true);
  });

  const notFound = {
    kind: 'refuse',
    status: 404,
    body: '{"error":{"code":"file/upload-not-found","message":"Gone.","details":{}},"requestId":"r"}',
  } as const;
});

describe('uploadAll', { timeout: 30_000 }, () => {
  test('uploads each, tells what became of each in order, and of all together', async () => {
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
});

describe('download', { timeout: 30_000 }, () => {
  test('goes on where the connection broke', async () => {
    const file = await alice.upload(new Blob([inParts]));
    let times = 0;
    service.objects.decide = () => (++times <= 8 ? { kind: 'cut-answer', afterBytes: 1_000_000 } : undefined);
    const told: number[] = [];
    const response = await alice.download(file.id, { onProgress: ({ bytes }) => told.push(bytes) });
    expect(response.headers.get('content-length')).toBe(`${inParts.length}`);
    expect(Buffer.from(await response.arrayBuffer()).equals(inParts)).toBe(true);
    expect(told.at(-1)).toBe(inParts.length);
    expect(times).toBeGreaterThan(8);
  });

  test('asks for a new URL when the one it has has expired', async () => {
    const file = await alice.upload('still here');
    let times = 0;
    service.objects.decide = () => (++times === 1 ? { kind: 'refuse', status: 403 } : undefined);
    expect(await (await alice.download(file.id)).text()).toBe('still here');
  });

  test('ends when it is aborted', async () => {
    const file = await alice.upload(new Blob([inParts]));
    const controller = new AbortController();
    const response = await alice.download(file.id, { signal: controller.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    controller.abort();
    const drain = async () => {
      while (!(await reader?.read())?.done);
    };
    expect(await refusal(drain())).toMatchObject({ code: 'client/aborted', phase: 'downloading' });
  });
});

describe('files', { timeout: 30_000 }, () => {
  test('are listed over all pages, each once', async () => {
    const tag = 'listed';
    const outcomes = await alice.uploadAll(
      Array.from({ length: 7 }, (_, index) => ({ source: `${index}`, filename: `${index}.txt` })),
      {
        metadata: { tags: [tag] },
      },
    );
    const names: string[] = [];
    for await (const file of alice.list({ tag, sortBy: 'originalName', sortDirection: 'asc' }))
      names.push(file.originalName);
    expect(names).toEqual(['0.txt', '1.txt', '2.txt', '3.txt', '4.txt', '5.txt', '6.txt']);
    const page = await alice.listPage({ tag, limit: 3, page: 2 });
    expect(page.pagination).toMatchObject({ total: 7, totalPages: 3 });

    const ids = outcomes.flatMap(({ file }) => file?.id ?? []);
    const { deleted, failed } = await alice.deleteAll([...ids, 'none']);
    expect(deleted.toSorted()).toEqual(ids.toSorted());
    expect(failed).toEqual([{ id: 'none', code: 'file/not-found' }]);
  });

  test('can be read, changed, shared, withdrawn and deleted', async () => {
    const { id } = await alice.upload('x', { filename: 'x.txt', metadata: { alt: 'a', description: 'd' } });
    const changed = await alice.update(id, {
      originalName: 'y.txt',
      visibility: 'shared',
      metadata: { alt: null },
    });
    expect(changed).toMatchObject({ originalName: 'y.txt', metadata: { description: 'd' } });
    expect(await refusal(bob.get(id))).toMatchObject({ code: 'file/access-denied', status: 403 });
    expect(await alice.share(id, ['bob', 'carol'])).toEqual(['bob', 'carol']);
    expect(await bob.get(id)).toMatchObject({ originalName: 'y.txt' });
    expect(await alice.unshare(id, 'bob')).toEqual(['carol']);
    expect(await alice.unshare(id)).toEqual([]);
    const link = await alice.downloadUrl(id, { expiresIn: 60, disposition: 'inline' });
    expect(await (await fetch(link.url)).text()).toBe('x');
    await alice.delete(id);
    expect(await refusal(alice.get(id))).toMatchObject({ code: 'file/not-found' });
    expect(await refusal(alice.delete(id))).toMatchObject({ code: 'file/not-found' });
  });

  test('count as deleted when the answer to deleting them was lost', async () => {
    const { id } = await alice.upload('x');
    let times = 0;
    service.api.decide = () => (++times === 1 ? { kind: 'lose-answer' } : undefined);
    await alice.delete(id);
    expect(times).toBe(2);
  });

  test('are counted', async () => {
    const { publishableKey: apiKey, api } = service;
    const dora = createStorage({ url: api.url, apiKey, accessToken: accessToken('dora') });
    await dora.upload('1234', { visibility: 'public' });
    expect(await dora.usage()).toMatchObject({
      files: 1,
      bytes: 4,
      byVisibility: { public: { files: 1, bytes: 4 } },
    });
  });
});

describe('images', { timeout: 30_000 }, () => {
  const photo = { path: fileURLToPath(new URL('../../server/assets/sample.jpg', import.meta.url)) };

  test('are shown resized by their URL', async () => {
    const file = await alice.upload(photo, { visibility: 'public' });
    const answer = await fetch(alice.imageUrl(file, { width: 2, format: 'webp' }));
    expect(answer.headers.get('content-type')).toBe('image/webp');
  });

  test('that are not public are shown by a signed URL', async () => {
    const file = await alice.upload(photo);
    expect((await fetch(alice.imageUrl(file, { width: 2 }))).status).toBe(404);
    const { url } = await alice.signedImageUrl(file.id, { width: 2, format: 'webp', expiresIn: 60 });
    expect((await fetch(url)).headers.get('content-type')).toBe('image/webp');
  });
});

describe('access tokens', { timeout: 30_000 }, () => {
  test('are asked for once more, by all calls together, when one has died', async () => {
    let fresh = accessToken('alice', -60);
    const renewed: (string | undefined)[] = [];
    const storage = createStorage({
      url: service.api.url,
      apiKey: service.publishableKey,
      accessToken: async (refused) => {
        if (refused) {
          renewed.push(refused);
          fresh = accessToken('alice');
        }
        return fresh;
      },
    });
    await Promise.all([storage.usage(), storage.usage(), storage.usage()]);
    expect(renewed).toHaveLength(1);
  });

  test('that stay dead end the call', async () => {
    const dead = accessToken('alice', -60);
    const storage = createStorage({
      url: service.api.url,
      apiKey: service.publishableKey,
      accessToken: () => dead,
    });
    expect(await refusal(storage.usage())).toMatchObject({ code: 'auth/access-token-expired', status: 401 });
  });
});

describe('errors', { timeout: 30_000 }, () => {
  test('say when something else than the API answers', async () => {
    const lost = createStorage({ url: service.imagesUrl, apiKey: service.secretKey });
    service.api.decide = () => ({ kind: 'refuse', status: 200, body: '<html>Log in to the Wi-Fi</html>' });
    expect(await refusal(alice.usage().catch((error) => Promise.reject(error)))).toMatchObject({
      code: 'client/unreadable-answer',
      retryable: true,
    });
    expect((await refusal(lost.usage())).status).toBe(404);
  });

  test('wait as long as they are asked to', async () => {
    const times: number[] = [];
    service.api.decide = () => {
      times.push(performance.now());
      return times.length === 1
        ? { kind: 'refuse', status: 429, headers: { 'Retry-After': '1' } }
        : undefined;
    };
    await alice.usage();
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(1000);
  });
});
