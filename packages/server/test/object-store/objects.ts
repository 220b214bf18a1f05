import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { newKey, put, putObject, readAll } from './client.ts';
import type { Subject } from './contract.ts';

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let first = 0; first < bytes.length; first += 100_000) yield bytes.subarray(first, first + 100_000);
}

export function describeObjects(subject: Subject): void {
  describe('an object', () => {
    test('is described by head', async () => {
      const { store } = subject;
      const key = newKey();
      const before = Date.now();
      const type = 'text/plain; charset=utf-8';
      const url = await store.presignPut({ key, contentType: type, expiresInSeconds: 60 });
      expect((await put(url, 'hello', { 'content-type': type })).status).toBe(200);
      const info = await store.head(key);
      expect(info).toMatchObject({
        sizeBytes: 5,
        contentType: type,
        etag: '5d41402abc4b2a76b9719d911017c592', // the MD5 of "hello"
      });
      expect(Math.abs((info?.lastModified.getTime() ?? 0) - before)).toBeLessThan(60_000);
    });

    test('that is not there is undefined to head and get', async () => {
      expect(await subject.store.head(newKey())).toBeUndefined();
      expect(await subject.store.get(newKey())).toBeUndefined();
    });

    test('is read whole', async () => {
      const { store } = subject;
      const key = newKey();
      const bytes = Buffer.alloc(300_000, 'abcdefghij');
      await putObject(store, key, bytes);
      const found = await store.get(key);
      expect(found?.info.sizeBytes).toBe(bytes.length);
      expect((await readAll(found?.body as NodeJS.ReadableStream)).equals(bytes)).toBe(true);
    });

    test('is read in part, and says how large it is as a whole', async () => {
      const { store } = subject;
      const key = newKey();
      await putObject(store, key, '0123456789');
      const found = await store.get(key, { range: { first: 2, last: 4 } });
      expect(found?.info.sizeBytes).toBe(10);
      expect(String(await readAll(found?.body as NodeJS.ReadableStream))).toBe('234');
      const tail = await store.get(key, { range: { first: 7, last: 99 } });
      expect(String(await readAll(tail?.body as NodeJS.ReadableStream))).toBe('789');
    });

    test('can be empty', async () => {
      const { store } = subject;
      const key = newKey();
      await putObject(store, key, '');
      expect((await store.head(key))?.sizeBytes).toBe(0);
      const found = await store.get(key);
      expect((await readAll(found?.body as NodeJS.ReadableStream)).length).toBe(0);
    });

    test.each([0, 5, 1024 * 1024 + 1, 65 * 1024 * 1024])(
      'of %i bytes is written from a stream',
      async (sizeBytes) => {
        const { store } = subject;
        const key = newKey();
        const bytes = Buffer.alloc(sizeBytes, 'abcdefghij');
        const contentType = 'text/plain';
        const written = await store.putStream({
          key,
          contentType,
          sizeBytes,
          body: Readable.from(chunksOf(bytes)),
        });
        expect(await store.head(key)).toMatchObject({ ...written, sizeBytes, contentType });
        const found = await store.get(key);
        expect((await readAll(found?.body as NodeJS.ReadableStream)).equals(bytes)).toBe(true);
      },
    );

    test.each([
      ['shorter', 9],
      ['longer', 11],
    ])('is not written from a stream that is %s than said', async (_, length) => {
      const { store } = subject;
      const factor = 300_000;
      for (const unit of [1, factor]) {
        const key = newKey();
        const body = Readable.from(chunksOf(Buffer.alloc(length * unit, 'x')));
        const put = store.putStream({ key, contentType: 'text/plain', sizeBytes: 10 * unit, body });
        await expect(put).rejects.toMatchObject({ code: 'common/unavailable' });
        expect(await store.head(key)).toBeUndefined();
      }
    });

    test('is what was put last', async () => {
      const { store } = subject;
      const key = newKey();
      await putObject(store, key, 'first');
      await putObject(store, key, 'the second');
      expect((await store.head(key))?.sizeBytes).toBe(10);
    });

    test('is read only while it has the ETag that is wanted', async () => {
      const { store } = subject;
      const key = newKey();
      await putObject(store, key, 'first');
      const etag = (await store.head(key))?.etag ?? '';
      const found = await store.get(key, { etag, range: { first: 1, last: 2 } });
      expect(String(await readAll(found?.body as NodeJS.ReadableStream))).toBe('ir');
      await putObject(store, key, 'other');
      await expect(store.get(key, { etag })).rejects.toMatchObject({ code: 'common/unavailable' });
      expect(await store.get(newKey(), { etag })).toBeUndefined();
    });

    test('is gone once deleted, and deleting it again is no error', async () => {
      const { store } = subject;
      const key = newKey();
      await putObject(store, key, 'bytes');
      await store.delete(key);
      expect(await store.head(key)).toBeUndefined();
      await store.delete(key);
      await store.delete(newKey());
    });
  });
}
