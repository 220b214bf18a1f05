import { describe, expect, test } from 'vitest';
import { collect, forEachAtOnce, newKey, openNewBucket, putObject } from './client.ts';
import type { Subject } from './contract.ts';

const inByteOrder = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

export function describeListing(subject: Subject): void {
  describe('listing', () => {
    test('an empty bucket gives nothing', async () => {
      const store = await openNewBucket(subject);
      expect(await collect(store.listObjects())).toEqual([]);
      expect(await collect(store.listMultiparts())).toEqual([]);
    });

    test('gives every object in the byte order of keys, whatever their characters', async () => {
      const store = await openNewBucket(subject);
      const names = [
        'a',
        'a/b',
        'a b+c%20d',
        'B',
        '한글',
        '\u{1f5c2}',
        '\uff5e',
        'x<y>&\'"',
        'x\u0001y',
        'A%2B',
      ];
      await forEachAtOnce(names, (name) => putObject(store, name, name));
      const listed = await collect(store.listObjects());
      expect(listed.map(({ key }) => key)).toEqual(names.toSorted(inByteOrder));
      for (const { key, sizeBytes, lastModified } of listed) {
        expect(sizeBytes).toBe(Buffer.byteLength(key));
        expect(Math.abs(lastModified.getTime() - Date.now())).toBeLessThan(600_000);
      }
    });

    test('gives the multipart uploads in progress, and not those that are over', async () => {
      const store = await openNewBucket(subject);
      const begin = async (key: string) => ({
        key,
        multipartId: await store.createMultipart({ key, contentType: 'video/mp4' }),
      });
      const key = newKey('한글 a+b.mp4');
      const open = [await begin(key), await begin(key), await begin(newKey())];
      await store.abortMultipart(await begin(newKey()));
      const listed = await collect(store.listMultiparts());
      const ids = (uploads: readonly { key: string; multipartId: string }[]) =>
        uploads.map((each) => `${each.key} ${each.multipartId}`).toSorted();
      expect(ids(listed)).toEqual(ids(open));
      for (const { initiatedAt } of listed) {
        expect(Math.abs(initiatedAt.getTime() - Date.now())).toBeLessThan(600_000);
      }
    });
  });
}
