import { describe, expect, test } from 'vitest';
import { newKey, put, putObject } from './client.ts';
import type { Subject } from './contract.ts';

/** Headers that a client may send with the bytes of a presigned PUT, none of which is signed. */
const besides = {
  'cache-control': 'public, max-age=31536000',
  'content-disposition': 'inline; filename="x.html"',
  'content-encoding': 'gzip',
  'content-language': 'de',
  expires: 'Wed, 21 Oct 2037 07:28:00 GMT',
};

export function describeCopies(subject: Subject): void {
  describe('a copy', () => {
    test('has the bytes of its source, the type it is given, and nothing that was sent beside the bytes', async () => {
      const { store } = subject;
      const [from, to] = [newKey(), `${newKey()}~copy`];
      const url = await store.presignPut({ key: from, contentType: 'image/png', expiresInSeconds: 60 });
      expect((await put(url, 'hello', { 'content-type': 'image/png', ...besides })).status).toBe(200);
      const source = await store.head(from);
      if (source === undefined) throw new Error('The source is missing.');
      const copy = await store.copy({ from, to, contentType: 'text/plain', source });
      expect(copy).toEqual({ etag: '5d41402abc4b2a76b9719d911017c592', sizeBytes: 5 });
      expect(await store.head(to)).toMatchObject({
        etag: '5d41402abc4b2a76b9719d911017c592',
        sizeBytes: 5,
        contentType: 'text/plain',
      });
      const read = await store.presignGet({
        key: to,
        contentType: 'text/plain',
        contentDisposition: 'attachment',
        expiresInSeconds: 60,
      });
      const answer = await fetch(read);
      expect(await answer.text()).toBe('hello');
      const sent = Object.entries(besides).filter(([name, value]) => answer.headers.get(name) === value);
      expect(sent).toEqual([]);
    });

    test('of an object that has changed since it was looked at is not made, or reported as it is', async () => {
      const { store } = subject;
      const [from, to] = [newKey(), `${newKey()}~copy`];
      await putObject(store, from, 'hello');
      const source = await store.head(from);
      if (source === undefined) throw new Error('The source is missing.');
      await putObject(store, from, 'another');
      const copy = () => store.copy({ from, to, contentType: 'text/plain', source });
      // Ceph 16 passes over the condition.
      const answer = await copy();
      if (answer === 'source-changed') expect(await store.head(to)).toBeUndefined();
      else expect(await store.head(to)).toMatchObject({ ...answer, sizeBytes: 7 });
      await store.delete(from);
      expect(await copy()).toBe('source-changed');
    });
  });
}
