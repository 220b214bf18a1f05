import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { createSigner } from '@bkend/sigv4';
import { beforeAll, describe, expect, it } from 'vitest';
import { credentials, region, sendRaw } from './running-store.ts';
import { useStore } from './use-store.ts';

const store = await useStore();
beforeAll(async () => {
  await store.send({ method: 'PUT', path: '/other' });
  await store.send({ method: 'PUT', path: '/other/secret', body: 'secret' });
});

const put = (path: string, headers: Record<string, string>, body: string) =>
  store.send({ method: 'PUT', path, headers, body });

describe('a presigned PUT', () => {
  const headers = { 'content-type': 'image/png', 'content-length': '5' };
  const target = (key: string) =>
    store.presign({ method: 'PUT', path: `/bucket/${key}`, headers }).slice(store.endpoint.length);
  const send = (key: string, sent: Record<string, string>, body: string) =>
    sendRaw(store.endpoint, { method: 'PUT', target: target(key), headers: sent, body: Buffer.from(body) });
  const exists = async (key: string) => (await store.send({ path: `/bucket/${key}` })).status === 200;

  it('takes what was announced', async () => {
    expect((await send('announced', headers, 'hello')).status).toBe(200);
  });

  it.each([
    ['another type', { ...headers, 'content-type': 'text/html' }, 'hello'],
    ['one byte more', { ...headers, 'content-length': '6' }, 'hello!'],
    ['one byte less', { ...headers, 'content-length': '4' }, 'hell'],
    ['no length', { 'content-type': 'image/png', 'transfer-encoding': 'chunked' }, 'hello'],
    ['no type', { 'content-length': '5' }, 'hello'],
    ['a copy source', { ...headers, 'x-amz-copy-source': '/other/secret' }, 'hello'],
    ['metadata', { ...headers, 'x-amz-meta-a': 'b' }, 'hello'],
    ['an ACL', { ...headers, 'x-amz-acl': 'public-read' }, 'hello'],
    ['a chunked body', { ...headers, 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' }, 'hello'],
  ])('refuses %s, and nothing is left', async (_, sent, body) => {
    expect((await send('refused', sent, body)).status).toBe(403);
    expect(await exists('refused')).toBe(false);
  });

  it('is for its own key, method and bucket', async () => {
    const signed = target('mine');
    for (const [method, changed] of [
      ['PUT', signed.replace('/bucket/mine', '/bucket/yours')],
      ['PUT', signed.replace('/bucket/mine', '/other/mine')],
      ['PUT', signed.replace('/bucket/mine', '/bucket/./mine')],
      ['DELETE', signed],
      ['PUT', `${signed}&uploads=`],
    ] as const) {
      const answer = await sendRaw(store.endpoint, {
        method,
        target: changed,
        headers,
        body: Buffer.from('hello'),
      });
      expect(answer.status, `${method} ${changed}`).toBe(403);
    }
  });
});

describe('a body', () => {
  it('must have the hash it was signed with', async () => {
    const payloadHash = createHash('sha256').update('this').digest('hex');
    const answer = await store.send({ method: 'PUT', path: '/bucket/hash', body: 'that', payloadHash });
    expect(answer.code).toBe('XAmzContentSHA256Mismatch');
    expect((await store.send({ path: '/bucket/hash' })).code).toBe('NoSuchKey');
  });

  it('is not asked for before its sender is known', async () => {
    const socket = connect(Number(new URL(store.endpoint).port), '127.0.0.1');
    const answer = new Promise<string>((resolve) => {
      let received = '';
      socket.on('data', (bytes) => {
        received += bytes.toString();
      });
      socket.on('close', () => resolve(received));
    });
    socket.write(
      'PUT /bucket/k HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\nexpect: 100-continue\r\n' +
        'x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\n\r\n',
    );
    const text = await answer;
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
    expect(text).not.toContain('100 Continue');
  });

  it('of the streaming kinds opens nothing without a signature', async () => {
    for (const hash of [
      'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    ]) {
      const answer = await sendRaw(store.endpoint, {
        method: 'PUT',
        target: `/bucket/streamed?X-Amz-Credential=${credentials.accessKeyId}`,
        headers: { 'x-amz-content-sha256': hash, 'x-amz-decoded-content-length': '0' },
        body: Buffer.from('0\r\n\r\n'),
      });
      expect([400, 403]).toContain(answer.status);
    }
    expect((await store.send({ path: '/bucket/streamed' })).code).toBe('NoSuchKey');
  });

  it('shorter than announced stores nothing', async () => {
    const headers = createSigner({ credentials, region }).sign({
      method: 'PUT',
      endpoint: store.endpoint,
      path: '/bucket/short',
      payloadHash: 'UNSIGNED-PAYLOAD',
      at: new Date(),
    });
    const { host, port } = new URL(store.endpoint);
    const socket = connect(Number(port), '127.0.0.1');
    const lines = Object.entries({ host, 'content-length': '100', ...headers }).map(
      ([k, v]) => `${k}: ${v}\r\n`,
    );
    socket.end(`PUT /bucket/short HTTP/1.1\r\n${lines.join('')}\r\nhello`);
    await new Promise((resolve) => socket.resume().once('close', resolve));
    expect((await store.send({ path: '/bucket/short' })).code).toBe('NoSuchKey');
  });
});

describe('a key', () => {
  it.each([
    '../../etc/passwd',
    '..',
    '.',
    '%2e%2e/x',
    '..%2f..',
    'a\\b',
    'a\0b',
    'a//b',
    '/',
    ' ',
    '한글',
    'CON',
    'a/./b',
  ])('may be %j, and is no path', async (key) => {
    const path = `/bucket/${key}`;
    expect((await put(path, {}, key)).status).toBe(200);
    expect((await store.send({ path })).text).toBe(key);
    const listed = await store.send({ path: '/bucket', query: { prefix: key, 'encoding-type': 'url' } });
    expect(listed.text).toContain('<Key>');
    expect((await store.send({ method: 'DELETE', path })).status).toBe(204);
    expect((await store.send({ path })).code).toBe('NoSuchKey');
  });

  it('that is not UTF-8 is refused', async () => {
    const answer = await sendRaw(store.endpoint, { method: 'GET', target: '/bucket/%ff' });
    expect(answer.code).toBe('InvalidURI');
  });

  it('and a bucket, an upload id or a part number cannot leave their directory either', async () => {
    for (const [path, query] of [
      ['/..', {}],
      ['/../bucket', {}],
      ['/bucket\0/a', {}],
      ['/bucket/a', { uploadId: '../../x' }],
      ['/bucket/a', { uploadId: `${'0'.repeat(31)}\0` }],
      ['/bucket/a', { uploadId: '0'.repeat(32), partNumber: '1e3' }],
      ['/bucket/a', { uploadId: '0'.repeat(32), partNumber: '-1' }],
    ] as const) {
      const { status } = await store.send({ method: 'PUT', path, query, body: 'x' });
      expect(status, path).toBeGreaterThanOrEqual(400);
      expect(status, path).toBeLessThan(500);
    }
  });
});

describe('an object shown by a browser', () => {
  it.each(['text/html', 'image/svg+xml', 'application/xhtml+xml', 'text/xml', 'TEXT/HTML; charset=utf-8'])(
    'of type %s cannot run scripts',
    async (type) => {
      await put('/bucket/page', { 'content-type': type }, '<script>alert(1)</script>');
      const { headers } = await store.send({ path: '/bucket/page' });
      expect(headers['content-security-policy']).toBe('sandbox');
      expect(headers['x-content-type-options']).toBe('nosniff');
    },
  );

  it('has one valid header, whatever name it is to be saved under', async () => {
    await put('/bucket/named', {}, 'x');
    for (const name of ['a"b', 'a;b', 'ä😀', 'a\u00a0b', 'a\u202eb']) {
      const disposition = `attachment; filename="${name}"`;
      const url = store.presign({
        method: 'GET',
        path: '/bucket/named',
        query: { 'response-content-disposition': disposition },
      });
      const { headers } = await sendRaw(store.endpoint, {
        method: 'GET',
        target: url.slice(store.endpoint.length),
      });
      expect(Buffer.from(headers['content-disposition'] ?? '', 'latin1').toString()).toBe(disposition);
    }
    const answer = await store.send({
      path: '/bucket/named',
      query: { 'response-content-type': 'a/b\r\nset-cookie: a=b' },
    });
    expect(answer.status).toBe(400);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });
});
