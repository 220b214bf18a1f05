import { describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../src/files/object-store.ts';
import { collect, newKey, put, putObject } from './client.ts';
import type { Subject } from './contract.ts';

export function describeBucket(subject: Subject): void {
  describe('the bucket', () => {
    test('is made where it is missing, as often as it is asked for', async () => {
      const store = subject.storeOnNewBucket();
      await expect(store.check()).rejects.toMatchObject({ code: 'common/unavailable' });
      await Promise.all([store.ensureBucket(), store.ensureBucket()]);
      await store.ensureBucket();
      await store.check();
      await putObject(store, 'key', 'bytes');
      await store.ensureBucket();
      expect((await store.head('key'))?.sizeBytes).toBe(5);
    });

    test('that is missing is named, and no object is taken for missing instead', async () => {
      const store = subject.storeOnNewBucket();
      const missing = { code: 'file/bucket-not-configured' };
      await expect(store.get('key')).rejects.toMatchObject(missing);
      await expect(collect(store.listObjects())).rejects.toMatchObject(missing);
      await expect(store.createMultipart({ key: 'key', contentType: 'a/b' })).rejects.toMatchObject({
        code: 'file/bucket-not-configured',
      });
    });
  });

  describe('a browser of any origin', () => {
    const origin = 'https://app.example.com';
    const presignPut = async (store: ObjectStore) =>
      await store.presignPut({ key: newKey(), contentType: 'image/png', expiresInSeconds: 60 });

    test('is answered by a preflight that it may PUT', async () => {
      const answer = await fetch(await presignPut(subject.store), {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'PUT',
          'access-control-request-headers': 'content-type,x-anything',
        },
      });
      expect(answer.status).toBeLessThan(300);
      expect(['*', origin]).toContain(answer.headers.get('access-control-allow-origin'));
      expect(answer.headers.get('access-control-allow-methods')).toContain('PUT');
      expect(answer.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('content-type');
    });

    test('is answered by a preflight that it may not DELETE', async () => {
      const answer = await fetch(await presignPut(subject.store), {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'DELETE' },
      });
      expect(answer.status).toBe(403);
    });

    test('may read the answer and its ETag', async () => {
      const url = await presignPut(subject.store);
      const answer = await put(url, 'bytes', { 'content-type': 'image/png', origin });
      expect(answer.status).toBe(200);
      expect(['*', origin]).toContain(answer.headers.get('access-control-allow-origin'));
      expect(answer.headers.get('access-control-expose-headers')?.toLowerCase()).toContain('etag');
    });
  });
}
