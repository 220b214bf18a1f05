import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { createStorage, type Storage } from '../src/node.ts';
import { seededBytes } from './seeded.ts';
import { errorOf, serviceUnderTest } from './service-under-test.ts';

const tested = serviceUnderTest();
let alice: Storage;
let bob: Storage;
beforeAll(() => {
  alice = tested.storageOf('alice');
  bob = tested.storageOf('bob', { accessToken: () => tested.service.accessToken('bob') });
});

const inParts = seededBytes(1, 16 * 2 ** 20 + 100_003);

describe('a download', { timeout: 30_000 }, () => {
  test('a download continues where the connection broke', async () => {
    const file = await alice.upload(new Blob([inParts]));
    let times = 0;
    tested.service.objects.decide = () =>
      ++times <= 8 ? { kind: 'cut-answer', afterBytes: 1_000_000 } : undefined;
    const reports: number[] = [];
    const response = await alice.download(file.id, { onProgress: ({ bytes }) => reports.push(bytes) });
    expect(response.headers.get('content-length')).toBe(`${inParts.length}`);
    expect(Buffer.from(await response.arrayBuffer()).equals(inParts)).toBe(true);
    expect(reports.at(-1)).toBe(inParts.length);
    expect(times).toBeGreaterThan(8);
  });

  test('a download requests a new URL when its URL has expired', async () => {
    const file = await alice.upload('still here');
    let times = 0;
    tested.service.objects.decide = () => (++times === 1 ? { kind: 'refuse', status: 403 } : undefined);
    expect(await (await alice.download(file.id)).text()).toBe('still here');
  });

  test('reading the body rejects when the download is aborted', async () => {
    const file = await alice.upload(new Blob([inParts]));
    const controller = new AbortController();
    const response = await alice.download(file.id, { signal: controller.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    controller.abort();
    const drain = async () => {
      while (!(await reader?.read())?.done);
    };
    expect(await errorOf(drain())).toMatchObject({ code: 'client/aborted', phase: 'downloading' });
  });

  test('the bytes are requested when the body is first read', async () => {
    const { objects } = tested.service;
    const { id } = await alice.upload('text', { contentType: 'text/plain' });
    objects.calm();
    const response = await alice.download(id);
    expect(response.headers.get('content-type')).toBe('text/plain');
    expect(objects.seen).toEqual([]);
    expect(await response.text()).toBe('text');
    expect(objects.seen).toHaveLength(1);
  });

  test('a slow reader is no stall', async () => {
    const { objects } = tested.service;
    const storage = tested.storageOf('alice', { stallSeconds: 1 });
    const { id } = await storage.upload(new Blob([inParts]));
    objects.calm();
    const reader = (await storage.download(id)).body?.getReader();
    let received = (await reader?.read())?.value?.length ?? 0;
    // Longer than stallSeconds.
    await setTimeout(1500);
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read())
      received += next.value.length;
    expect(received).toBe(inParts.length);
    expect(objects.seen).toHaveLength(1);
  });

  test('cancelling the body closes the connection, and the next download works', async () => {
    const { id } = await alice.upload(new Blob([inParts]));
    const progress: string[] = [];
    const response = await alice.download(id, { onProgress: ({ phase }) => progress.push(phase) });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    tested.service.objects.calm();
    expect(await (await alice.download(id)).arrayBuffer()).toHaveProperty('byteLength', inParts.length);
    expect(progress).not.toContain('done');
  });
});

describe('files', { timeout: 30_000 }, () => {
  test('all pages are listed, each file once', async () => {
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

  test('files are put into the trash, from where they can be restored', async () => {
    const { id } = await alice.upload('trash', { filename: 'trash.txt' });
    expect(await alice.deleteAll([id, 'none'], { trash: true })).toEqual({
      deleted: [id],
      done: 1,
      failed: [{ id: 'none', code: 'file/not-found' }],
    });
    expect(await alice.get(id)).toHaveProperty('deletedAt');
    expect(await alice.restore(id)).toMatchObject({ id });
  });

  test('files lie in folders, are listed from any position, and move', async () => {
    const upload = (filename: string, folder = '') => alice.upload(filename, { filename, folder });
    const inRoot = await upload('root.txt');
    const file = await upload('2.txt', 'trips/2026');
    await upload('10.txt', 'trips');
    const namesIn = async (filter: Parameters<typeof alice.list>[0]) => {
      const names: string[] = [];
      const order = { sortBy: 'originalName', sortDirection: 'asc', mine: true } as const;
      for await (const { originalName } of alice.list({ ...order, ...filter })) names.push(originalName);
      return names;
    };
    expect(file).toMatchObject({ folder: 'trips/2026', version: 1, permissions: { canUpdate: true } });
    expect(await namesIn({ folder: 'trips' })).toEqual(['10.txt']);
    expect(await namesIn({ folder: 'trips', recursive: true })).toEqual(['2.txt', '10.txt']);
    expect(await namesIn({ folder: '' })).toContain('root.txt');
    expect(await namesIn({ folder: '' })).not.toContain('2.txt');

    const filter = {
      folder: 'trips',
      recursive: true,
      sortBy: 'originalName',
      sortDirection: 'asc',
    } as const;
    const { cursors } = await alice.positions({ ...filter, step: 1 });
    const { items } = await alice.listPage({ ...filter, cursor: cursors[0] ?? '' });
    expect(items.map(({ originalName }) => originalName)).toEqual(['10.txt']);

    expect(await alice.update(file.id, { folder: 'done' })).toMatchObject({ folder: 'done' });
    await alice.deleteAll([inRoot.id, file.id, ...items.map(({ id }) => id)]);
    expect(await errorOf(upload('x.txt', '/x'))).toMatchObject({ code: 'file/invalid-folder', status: 400 });
  });

  test('a file can be read, changed, shared, unshared and deleted', async () => {
    const { id } = await alice.upload('x', { filename: 'x.txt', metadata: { alt: 'a', description: 'd' } });
    const changed = await alice.update(id, {
      originalName: 'y.txt',
      visibility: 'shared',
      metadata: { alt: null },
    });
    expect(changed).toMatchObject({ originalName: 'y.txt', metadata: { description: 'd' } });
    expect(await errorOf(bob.get(id))).toMatchObject({ code: 'file/access-denied', status: 403 });
    expect(await alice.share(id, ['bob', 'carol'])).toEqual(['bob', 'carol']);
    expect(await bob.get(id)).toMatchObject({ originalName: 'y.txt' });
    expect(await alice.unshare(id, 'bob')).toEqual(['carol']);
    expect(await alice.unshare(id)).toEqual([]);
    const link = await alice.downloadUrl(id, { expiresIn: 60, disposition: 'inline' });
    expect(await (await fetch(link.url)).text()).toBe('x');
    await alice.delete(id);
    expect(await errorOf(alice.get(id))).toMatchObject({ code: 'file/not-found' });
    expect(await errorOf(alice.delete(id))).toMatchObject({ code: 'file/not-found' });
  });

  test('a delete whose answer was lost is retried, and succeeds', async () => {
    const { id } = await alice.upload('x');
    let times = 0;
    tested.service.api.decide = () => (++times === 1 ? { kind: 'lose-answer' } : undefined);
    await alice.delete(id);
    expect(times).toBe(2);
  });

  test('usage counts files and bytes', async () => {
    const dora = tested.storageOf('dora');
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

  test('an image URL shows a resized rendition', async () => {
    const file = await alice.upload(photo, { visibility: 'public' });
    const answer = await fetch(alice.imageUrl(file, { width: 2, format: 'webp' }));
    expect(answer.headers.get('content-type')).toBe('image/webp');
  });

  test('a signed image URL shows an image that is not public', async () => {
    const file = await alice.upload(photo);
    expect((await fetch(alice.imageUrl(file, { width: 2 }))).status).toBe(404);
    const { url } = await alice.signedImageUrl(file.id, { width: 2, format: 'webp', expiresIn: 60 });
    expect((await fetch(url)).headers.get('content-type')).toBe('image/webp');
  });
});

describe('access tokens', { timeout: 30_000 }, () => {
  test('concurrent calls with an expired token request a fresh one once', async () => {
    let fresh = tested.service.accessToken('alice', -60);
    const renewed: (string | undefined)[] = [];
    const storage = tested.storageOf('alice', {
      accessToken: async (refused) => {
        if (refused) {
          renewed.push(refused);
          fresh = tested.service.accessToken('alice');
        }
        return fresh;
      },
    });
    await Promise.all([storage.usage(), storage.usage(), storage.usage()]);
    expect(renewed).toHaveLength(1);
  });

  test('a token that stays expired ends the call', async () => {
    const dead = tested.service.accessToken('alice', -60);
    const storage = tested.storageOf('alice', { accessToken: () => dead });
    expect(await errorOf(storage.usage())).toMatchObject({ code: 'auth/access-token-expired', status: 401 });
  });

  test('a fresh token that has expired in turn is replaced at the next call', async () => {
    const [first, second, third] = [
      tested.service.accessToken('alice', -60),
      tested.service.accessToken('alice', -30),
      tested.service.accessToken('alice', 3600),
    ];
    const refused: (string | undefined)[] = [];
    const storage = tested.storageOf('alice', {
      // An app that keeps no token: it always starts with the same one.
      accessToken: (old) => {
        if (!old) return first;
        refused.push(old);
        return refused.length === 1 ? second : third;
      },
    });
    expect((await errorOf(storage.usage())).code).toBe('auth/access-token-expired');
    await storage.usage();
    expect(refused).toEqual([first, second]);
  });

  test('accessToken is called again after it threw', async () => {
    let times = 0;
    const storage = tested.storageOf('alice', {
      accessToken: async (old) => {
        if (!old) return tested.service.accessToken('alice', -60);
        if (++times === 1) throw new Error('The login server sleeps.');
        return tested.service.accessToken('alice');
      },
    });
    await storage.usage();
    expect(times).toBe(2);
  });
});

describe('errors', { timeout: 30_000 }, () => {
  test('an answer of another server than the API is reported as unreadable', async () => {
    const { api, imagesUrl, secretKey } = tested.service;
    const lost = createStorage({ url: imagesUrl, apiKey: secretKey });
    api.decide = () => ({ kind: 'refuse', status: 200, body: '<html>Log in to the Wi-Fi</html>' });
    expect(await errorOf(alice.usage())).toMatchObject({
      code: 'client/unreadable-answer',
      retryable: true,
    });
    expect((await errorOf(lost.usage())).status).toBe(404);
  });

  test('Retry-After is waited for', async () => {
    const times: number[] = [];
    tested.service.api.decide = () => {
      times.push(performance.now());
      return times.length === 1
        ? { kind: 'refuse', status: 429, headers: { 'Retry-After': '1' } }
        : undefined;
    };
    await alice.usage();
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(1000);
  });
});
