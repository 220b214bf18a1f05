import { describe, expect, test } from 'vitest';
import { collect, forEachAtOnce, newKey, openNewBucket, putObject, putPart, readAll } from './client.ts';
import type { Subject } from './contract.ts';

/** Lists past the thousand entries of one answer of S3, and an object that is copied in parts. */
export function describeVolume(subject: Subject): void {
  describe('what is large', () => {
    test('a list goes on past the first thousand objects', async () => {
      const store = await openNewBucket(subject);
      const names = Array.from({ length: 1_005 }, (_, index) => `한 ${String(index).padStart(5, '0')}`);
      await forEachAtOnce(names, (name) => putObject(store, name, 'x'));
      expect((await collect(store.listObjects())).map(({ key }) => key)).toEqual(names);
    });

    test('a list goes on past the first thousand multipart uploads', async () => {
      const store = await openNewBucket(subject);
      const names = Array.from({ length: 1_003 }, (_, index) => `upload ${index}`);
      await forEachAtOnce(names, (key) => store.createMultipart({ key, contentType: 'video/mp4' }));
      const listed = await collect(store.listMultiparts());
      expect(new Set(listed.map((upload) => upload.key))).toEqual(new Set(names));
      expect(listed).toHaveLength(names.length);
    });

    test('a multipart upload lists all of more than a thousand parts', async () => {
      const { store } = subject;
      const key = newKey('film.mp4');
      const upload = { key, multipartId: await store.createMultipart({ key, contentType: 'video/mp4' }) };
      const numbers = Array.from({ length: 1_005 }, (_, index) => index + 1);
      await forEachAtOnce(numbers, (partNumber) => putPart(store, { ...upload, partNumber }, 'x'));
      const parts = await store.listParts(upload);
      expect(parts?.map(({ partNumber }) => partNumber)).toEqual(numbers);
    });

    test('a copy of a large object is made in parts where the store moves bytes, and reported as it is', async () => {
      const { store } = subject;
      const [from, to] = [newKey(), `${newKey()}~copy`];
      const bytes = Buffer.alloc(65 * 2 ** 20, 'abcdefghij');
      bytes.write('the end', bytes.length - 7);
      await putObject(store, from, bytes);
      const source = await store.head(from);
      if (source === undefined) throw new Error('The source is missing.');
      const copy = await store.copy({ from, to, contentType: 'text/plain', source });
      if (copy === 'source-changed') throw new Error('Nothing has changed.');
      expect(copy.sizeBytes).toBe(bytes.length);
      expect(await store.head(to)).toMatchObject({ ...copy, contentType: 'text/plain' });
      const found = await store.get(to, { etag: copy.etag });
      expect((await readAll(found?.body as NodeJS.ReadableStream)).equals(bytes)).toBe(true);

      await putObject(store, from, 'short');
      expect(await store.copy({ from, to: `${to}2`, contentType: 'text/plain', source })).toBe(
        'source-changed',
      );
      const left: string[] = [];
      for await (const { key } of store.listMultiparts()) left.push(key);
      expect(left).not.toContain(`${to}2`);
    });
  });
}
