import { type Credentials, createSigner } from '@bkend/sigv4';
import { beforeEach, describe, expect, it } from 'vitest';
import { openAccessKeys } from '../src/auth/manage-access-keys.ts';
import { accessKeyKey } from '../src/index/keys.ts';
import type { AccessKeyRecord } from '../src/index/records.ts';
import { openIndex } from '../src/index/store-index.ts';
import { region, sendRaw } from './running-store.ts';
import { useStore } from './use-store.ts';

let now = new Date('2026-03-01T12:00:00Z');
const store = await useStore({ clock: () => now });
beforeEach(async () => {
  now = new Date('2026-03-01T12:00:00Z');
  await store.send({ method: 'PUT', path: '/bucket/key', body: 'first' });
});

const get = (target: string, headers: Record<string, string> = {}, method = 'GET') =>
  sendRaw(store.endpoint, { method, target, headers });
const presign = () => store.presign({ method: 'GET', path: '/bucket/key' }).slice(store.endpoint.length);

const presignWith = (credentials: Credentials) =>
  createSigner({ credentials, region })
    .presign({ method: 'GET', endpoint: store.endpoint, path: '/bucket/key', expiresInSeconds: 900, at: now })
    .slice(store.endpoint.length);

describe('a presigned URL that was read a moment ago', () => {
  it('reads the same again, and another range of it', async () => {
    const target = presign();
    for (let times = 0; times < 3; times++) expect((await get(target)).text).toBe('first');
    const ranged = await get(target, { range: 'bytes=1-2' });
    expect([ranged.status, ranged.text]).toEqual([206, 'ir']);
    expect((await get(target, { 'if-none-match': ranged.headers.etag ?? '' })).status).toBe(304);
  });

  it('reads the object that replaced the one it read, and nothing once that is deleted', async () => {
    const target = presign();
    expect((await get(target)).text).toBe('first');
    await store.send({ method: 'PUT', path: '/bucket/key', body: 'second' });
    expect((await get(target)).text).toBe('second');
    await store.send({ method: 'DELETE', path: '/bucket/key' });
    expect((await get(target)).code).toBe('NoSuchKey');
  });

  it('ends when it expires, to the second', async () => {
    const target = presign();
    expect((await get(target)).status).toBe(200);
    now = new Date('2026-03-01T12:15:00Z');
    expect((await get(target)).status).toBe(200);
    now = new Date('2026-03-01T12:15:01Z');
    const expired = await get(target);
    expect([expired.status, expired.code]).toEqual([403, 'AccessDenied']);
    expect(expired.text).toContain('Request has expired');
  });

  it('is good for nothing else', async () => {
    const target = presign();
    expect((await get(target)).status).toBe(200);
    const { host } = new URL(store.endpoint);
    const answers = [
      await get(target, {}, 'DELETE'),
      await get(target, {}, 'HEAD'),
      await get(target.replace('/bucket/key', '/bucket/kez')),
      await get(target.replace(/.$/, (last) => (last === '0' ? '1' : '0'))),
      await get(`${target}&response-content-type=text/html`),
      await get(target, { host: 'localhost' }),
      await get(target, { 'x-amz-meta-name': 'value' }),
      await get(target, { 'content-md5': 'value' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403));
    const twice = await get(target, { host, authorization: 'AWS4-HMAC-SHA256 Credential=x' });
    expect([twice.status, twice.code]).toEqual([400, 'InvalidArgument']);
  });

  it('is refused each time when it asks for what the store refuses', async () => {
    const parameters = [
      { query: { 'x-amz-expected-bucket-owner': '123456789012' }, code: 'AccessDenied' },
      { query: { 'x-amz-copy-source': '/bucket/key' }, code: 'InvalidArgument' },
      { query: { acl: '', tagging: '' }, code: 'InvalidArgument' },
    ];
    for (const { query, code } of parameters) {
      const input = { method: 'GET', path: '/bucket/key', query };
      const target = store.presign(input).slice(store.endpoint.length);
      for (let times = 0; times < 3; times++) expect((await get(target)).code).toBe(code);
    }
  });

  it('is not good before the moment it was first good at, should the clock go back', async () => {
    const target = presign();
    expect((await get(target)).status).toBe(200);
    now = new Date('2026-03-01T11:44:59Z');
    expect((await get(target)).text).toContain('Request is not yet valid');
  });

  it('stands for no other value of a header that was signed with it', async () => {
    const headers = { range: 'bytes=0-1' };
    const input = { method: 'GET', path: '/bucket/key', headers };
    const target = store.presign(input).slice(store.endpoint.length);
    for (let times = 0; times < 2; times++) expect((await get(target, headers)).text).toBe('fi');
    expect((await get(target, { range: 'bytes=1-2' })).code).toBe('SignatureDoesNotMatch');
  });

  it('is checked anew when its key has another secret, and opens what that key opens now', async () => {
    await using index = openIndex(store.dataDir);
    const { accessKeys } = index.tables;
    const mine = { accessKeyId: 'MINE', secretAccessKey: 'first' };
    const put = (change: Partial<AccessKeyRecord>) =>
      index.mutate((transaction) =>
        transaction.put(accessKeys, accessKeyKey(mine.accessKeyId), {
          secretAccessKey: mine.secretAccessKey,
          createdAt: now.getTime(),
          readOnly: true,
          ...change,
        }),
      );
    await put({});
    const target = presignWith(mine);
    for (let times = 0; times < 2; times++) expect((await get(target)).text).toBe('first');
    await put({ bucket: 'other' });
    expect((await get(target)).code).toBe('AccessDenied');
    await put({ secretAccessKey: 'second' });
    expect((await get(target)).code).toBe('SignatureDoesNotMatch');
  });

  it('ends when its key is revoked', async () => {
    await using keys = openAccessKeys(store.dataDir);
    const mine = await keys.create({ isReadOnly: true });
    const target = createSigner({ credentials: mine, region })
      .presign({
        method: 'GET',
        endpoint: store.endpoint,
        path: '/bucket/key',
        expiresInSeconds: 900,
        at: now,
      })
      .slice(store.endpoint.length);
    for (let times = 0; times < 2; times++) expect((await get(target)).text).toBe('first');
    await keys.revoke(mine.accessKeyId);
    expect((await get(target)).code).toBe('InvalidAccessKeyId');
  });
});

it('readers are never given what is older than an answered write, however they meet', async () => {
  const targets = [
    presign(),
    store.presign({ method: 'HEAD', path: '/bucket/key' }).slice(store.endpoint.length),
  ];
  let answered = 0;
  let isOver = false;
  const readers = Array.from({ length: 4 }, async (_, reader) => {
    while (!isOver) {
      const before = answered;
      const isHead = reader % 4 === 3;
      const { headers, text } = await get(targets[isHead ? 1 : 0] ?? '', {}, isHead ? 'HEAD' : 'GET');
      const seen = isHead ? Number(headers['content-length']) - 1 : text.length - 1;
      expect(seen).toBeGreaterThanOrEqual(before);
    }
  });
  // Each one byte longer than the one before.
  for (let write = 0; write < 40; write++) {
    await store.send({ method: 'PUT', path: '/bucket/key', body: 'x'.repeat(write + 1) });
    answered = write;
  }
  isOver = true;
  await Promise.all(readers);
});
