import { createSigner } from '@bkend/sigv4';
import { beforeAll, describe, expect, it } from 'vitest';
import { openAccessKeys } from '../src/auth/manage-access-keys.ts';
import type { RequestReport } from '../src/http/exchange.ts';
import { credentials, region, sendRaw, startStore } from './running-store.ts';
import { useStore } from './use-store.ts';

const reports: RequestReport[] = [];
const store = await useStore({ onRequest: (report) => reports.push(report), baseDomain: 's3.example.com' });
beforeAll(async () => {
  await store.send({ method: 'PUT', path: '/other' });
  await store.send({ method: 'PUT', path: '/other/secret', body: 'secret' });
});

describe('an access key', () => {
  it('opens its own bucket and nothing else, from the moment it is made until it is revoked', async () => {
    await using keys = openAccessKeys(store.dataDir);
    const mine = await keys.create({ bucket: 'bucket', isReadOnly: false });
    const send = (method: string, path: string, headers: Record<string, string> = {}) =>
      store.send({ method, path, headers, signWith: mine });
    expect((await send('PUT', '/bucket/by-key')).status).toBe(200);
    expect((await send('GET', '/other/secret')).code).toBe('AccessDenied');
    expect((await send('GET', '/nowhere/secret')).code).toBe('AccessDenied');
    expect((await send('PUT', '/bucket/stolen', { 'x-amz-copy-source': '/other/secret' })).code).toBe(
      'AccessDenied',
    );
    expect((await send('PUT', '/new-bucket')).code).toBe('AccessDenied');
    expect((await send('DELETE', '/bucket')).code).toBe('AccessDenied');
    expect((await send('GET', '/')).text).not.toContain('other');
    expect(await keys.revoke(mine.accessKeyId)).toBe(true);
    expect((await send('GET', '/bucket/by-key')).code).toBe('InvalidAccessKeyId');
  });

  it('that may only read changes nothing', async () => {
    await using keys = openAccessKeys(store.dataDir);
    const reader = await keys.create({ isReadOnly: true });
    const send = (method: string, path: string, query = {}) =>
      store.send({ method, path, query, signWith: reader });
    expect((await send('GET', '/other/secret')).text).toBe('secret');
    expect((await send('PUT', '/other/secret')).code).toBe('AccessDenied');
    expect((await send('DELETE', '/other/secret')).code).toBe('AccessDenied');
    expect((await send('POST', '/other/secret', { uploads: '' })).code).toBe('AccessDenied');
    expect((await send('POST', '/other', { delete: '' })).code).toBe('AccessDenied');
    expect(keys.list().map(({ accessKeyId }) => accessKeyId)).toContain(reader.accessKeyId);
  });
});

describe('the store', () => {
  it('tells nothing to those who do not sign', async () => {
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/other'],
      ['GET', '/other/secret'],
      ['HEAD', '/other/secret'],
      ['GET', '/nowhere'],
      ['POST', '/other'],
      ['DELETE', '/other/secret'],
    ] as const) {
      expect((await store.send({ method, path, signWith: null })).status, `${method} ${path}`).toBe(403);
    }
  });

  it('keeps signatures out of its reports', async () => {
    reports.length = 0;
    const url = store.presign({ method: 'GET', path: '/other/secret' });
    await sendRaw(store.endpoint, { method: 'GET', target: url.slice(store.endpoint.length) });
    await expect.poll(() => reports.length).toBe(1);
    expect(reports[0]).toMatchObject({
      method: 'GET',
      path: '/other/secret',
      status: 200,
      operation: 'GetObject',
    });
    expect(JSON.stringify(reports)).not.toMatch(/Signature|AKIDSERVICE/);
  });

  it('serves a bucket under its own name, as signed for that name only', async () => {
    const at = new Date();
    const endpoint = 'http://other.s3.example.com';
    const headers = createSigner({ credentials, region }).sign({
      method: 'GET',
      endpoint,
      path: '/secret',
      payloadHash: 'UNSIGNED-PAYLOAD',
      at,
    });
    const send = (host: string) =>
      sendRaw(store.endpoint, { method: 'GET', target: '/secret', headers: { ...headers, host } });
    expect((await send('other.s3.example.com')).text).toBe('secret');
    expect((await send('bucket.s3.example.com')).code).toBe('SignatureDoesNotMatch');
  });

  it('is opened by one process at a time', async () => {
    await expect(startStore({ directory: store.dataDir })).rejects.toThrow(/held/);
  });

  it('refuses documents that are too large, too long or not what they should be', async () => {
    const { text } = await store.send({ method: 'POST', path: '/bucket/doc', query: { uploads: '' } });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(text)?.[1] ?? '';
    const part = '<Part><PartNumber>1</PartNumber><ETag>x</ETag></Part>';
    for (const body of [
      '<!DOCTYPE x [<!ENTITY y "z">]><CompleteMultipartUpload>&y;</CompleteMultipartUpload>',
      `<CompleteMultipartUpload>${part.repeat(10_001)}</CompleteMultipartUpload>`,
      `<CompleteMultipartUpload>${' '.repeat(10 * 1024 * 1024)}</CompleteMultipartUpload>`,
      '<Delete/>',
    ]) {
      const answer = await store.send({ method: 'POST', path: '/bucket/doc', query: { uploadId }, body });
      expect(answer.status).toBe(400);
      expect(answer.code).toBe('MalformedXML');
    }
  });
});
