import { describe, expect, test } from 'vitest';
import { type Body, newKey, put, putObject, putPart, readAll } from './client.ts';
import type { Subject } from './contract.ts';

/** No part but the last may be smaller. */
const fullPart = 5 * 1024 * 1024;
const contentType = 'video/mp4';

export function describeMultipart(subject: Subject): void {
  const begin = async () => {
    const key = newKey('film.mp4');
    return { key, multipartId: await subject.store.createMultipart({ key, contentType }) };
  };
  const send = (upload: { key: string; multipartId: string }, partNumber: number, body: Body) =>
    putPart(subject.store, { ...upload, partNumber }, body);

  describe('a multipart upload', () => {
    test('becomes one object, also when a part failed and was sent again', async () => {
      const { store } = subject;
      const upload = await begin();
      const bytes = [
        Buffer.alloc(fullPart, 'a'),
        Buffer.alloc(fullPart, 'b'),
        Buffer.from('the end'),
      ] as const;
      const first = await send(upload, 1, bytes[0]);
      const url = await store.presignPart({ ...upload, partNumber: 2, expiresInSeconds: 60 });
      expect(
        (
          await put(
            url.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
            bytes[1],
          )
        ).status,
      ).toBe(403);
      await send(upload, 2, 'a first try that went wrong');
      const second = await send(upload, 2, bytes[1]);
      const third = await send(upload, 3, bytes[2]);

      expect(await store.completeMultipart({ ...upload, parts: [first, second, third] })).toBe('completed');
      const found = await store.get(upload.key);
      expect(found?.info).toMatchObject({ sizeBytes: 2 * fullPart + 7, contentType });
      expect(found?.info.etag).toMatch(/^[0-9a-f]{32}-3$/);
      const stored = await readAll(found?.body as NodeJS.ReadableStream);
      expect(stored.equals(Buffer.concat(bytes))).toBe(true);
    });

    test('takes parts of as many bytes as it was opened for', async () => {
      const { store } = subject;
      const key = newKey('film.mp4');
      const upload = { key, multipartId: await store.createMultipart({ key, contentType, maxBytes: 9 }) };
      const parts = [await send(upload, 1, 'all of it')];
      expect(await store.completeMultipart({ ...upload, parts })).toBe('completed');
      expect((await store.head(key))?.sizeBytes).toBe(9);
    });

    test('is nothing yet before it is completed', async () => {
      const upload = await begin();
      await send(upload, 1, 'part');
      expect(await subject.store.head(upload.key)).toBeUndefined();
    });

    test('may leave part numbers out', async () => {
      const upload = await begin();
      const part = await send(upload, 7, 'seven!');
      expect(await subject.store.completeMultipart({ ...upload, parts: [part] })).toBe('completed');
      expect((await subject.store.head(upload.key))?.sizeBytes).toBe(6);
    });

    test('takes an ETag without its quotes too', async () => {
      const upload = await begin();
      const { partNumber, etag } = await send(upload, 1, 'part');
      const parts = [{ partNumber, etag: etag.replaceAll('"', '') }];
      expect(await subject.store.completeMultipart({ ...upload, parts })).toBe('completed');
    });

    test('lists its parts in order, with the ETags completion takes', async () => {
      const upload = await begin();
      const second = await send(upload, 2, 'second part');
      const first = await send(upload, 1, 'first');
      expect(await subject.store.listParts(upload)).toEqual([
        { ...first, sizeBytes: 5 },
        { ...second, sizeBytes: 11 },
      ]);
    });

    test('lists no parts when it has none', async () => {
      expect(await subject.store.listParts(await begin())).toEqual([]);
    });

    test('refuses a wrong ETag, a missing part and small parts with the reason', async () => {
      const { store } = subject;
      const upload = await begin();
      const full = Buffer.alloc(fullPart);
      const first = await send(upload, 1, full);
      const second = await send(upload, 2, full);
      const refusal = (reason: string) => ({ code: 'file/invalid-parts-array', details: { reason } });
      const wrong = { partNumber: 1, etag: '"00000000000000000000000000000000"' };
      const complete = (parts: { partNumber: number; etag: string }[]) =>
        store.completeMultipart({ ...upload, parts });
      await expect(complete([wrong, second])).rejects.toMatchObject(refusal('InvalidPart'));
      const missing = { ...second, partNumber: 3 };
      await expect(complete([first, second, missing])).rejects.toMatchObject(refusal('InvalidPart'));
      await expect(complete([])).rejects.toMatchObject({ code: 'file/invalid-parts-array' });
      const small = await send(upload, 1, 'too small to be a first part');
      await expect(complete([small, second])).rejects.toMatchObject(refusal('EntityTooSmall'));
      expect(await store.head(upload.key)).toBeUndefined();
      expect(await store.listParts(upload)).toHaveLength(2);
    });

    test('can be completed again without harm', async () => {
      const { store } = subject;
      const upload = await begin();
      const parts = [await send(upload, 1, 'all of it')];
      expect(await store.completeMultipart({ ...upload, parts })).toBe('completed');
      expect(['completed', 'no-such-upload']).toContain(await store.completeMultipart({ ...upload, parts }));
      expect((await store.head(upload.key))?.sizeBytes).toBe(9);
    });

    test('is over once aborted, and aborting it again is no error', async () => {
      const { store } = subject;
      const upload = await begin();
      const parts = [await send(upload, 1, 'part')];
      await store.abortMultipart(upload);
      await store.abortMultipart(upload);
      expect(await store.listParts(upload)).toBeUndefined();
      expect(await store.completeMultipart({ ...upload, parts })).toBe('no-such-upload');
      const url = await store.presignPart({ ...upload, partNumber: 2, expiresInSeconds: 60 });
      expect((await put(url, 'late')).status).toBe(404);
      expect(await store.head(upload.key)).toBeUndefined();
    });

    test('cannot be aborted into losing an object that is there', async () => {
      const { store } = subject;
      const upload = await begin();
      await putObject(store, upload.key, 'already here');
      await store.abortMultipart(upload);
      expect((await store.head(upload.key))?.sizeBytes).toBe(12);
    });

    test('that never was is undefined to list, and no such upload to complete', async () => {
      const { store } = subject;
      const never = { ...(await begin()), multipartId: '2~AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' };
      expect(await store.listParts(never)).toBeUndefined();
      await store.abortMultipart(never);
      const parts = [{ partNumber: 1, etag: '"5d41402abc4b2a76b9719d911017c592"' }];
      expect(await store.completeMultipart({ ...never, parts })).toBe('no-such-upload');
    });

    test('takes a part under its own number only', async () => {
      const upload = await begin();
      const url = await subject.store.presignPart({ ...upload, partNumber: 2, expiresInSeconds: 60 });
      expect((await put(url.replace('partNumber=2', 'partNumber=3'), 'part')).status).toBe(403);
      expect(await subject.store.listParts(upload)).toEqual([]);
    });
  });
}
