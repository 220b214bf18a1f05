import { request as httpRequest } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { connectRaw, requestText } from './raw-connection.ts';
import { sendRaw } from './running-store.ts';
import { useStore } from './use-store.ts';

const store = await useStore();
beforeAll(async () => {
  await store.send({ method: 'PUT', path: '/bucket/k', body: 'hello' });
});

const targetOf = (method: string, path: string, headers: Record<string, string> = {}) =>
  store.presign({ method, path, headers }).slice(store.endpoint.length);
const spoil = (target: string) => target.replace(/....$/, '0000');

describe('a refused or empty answer to a request without a body', () => {
  const cases: [string, string, Record<string, string>, RegExp][] = [
    ['GET', '/bucket/absent', {}, /^HTTP\/1\.1 404 /],
    ['HEAD', '/bucket/absent', {}, /^HTTP\/1\.1 404 /],
    ['GET', '/nowhere/k', {}, /^HTTP\/1\.1 404 /],
    ['GET', '/bucket/k', { 'if-match': '"x"' }, /^HTTP\/1\.1 412 /],
    ['HEAD', '/bucket/k', { 'if-match': '"x"' }, /^HTTP\/1\.1 412 /],
    ['GET', '/bucket/k', { 'if-none-match': '*' }, /^HTTP\/1\.1 304 /],
    ['HEAD', '/bucket/k', { 'if-none-match': '*' }, /^HTTP\/1\.1 304 /],
    ['GET', '/bucket/k', { range: 'bytes=9-' }, /^HTTP\/1\.1 416 /],
    ['HEAD', '/bucket/k', { range: 'bytes=9-' }, /^HTTP\/1\.1 416 /],
    ['DELETE', '/bucket/absent', {}, /^HTTP\/1\.1 204 /],
    ['PATCH', '/bucket/k', {}, /^HTTP\/1\.1 405 /],
  ];

  it('keeps the connection, and the next answer is the next one', async () => {
    await using connection = await connectRaw(store.endpoint);
    const ask = async (method: string, target: string, headers: Record<string, string>, status: RegExp) => {
      const before = connection.received().length;
      connection.write(requestText(store.endpoint, `${method} ${target}`, headers));
      const mark = `HEAD ${targetOf('HEAD', '/bucket/k')}`;
      connection.write(requestText(store.endpoint, mark));
      await connection.until(new RegExp(`^.{${before}}.*HTTP/1\\.1 200 OK.*\r\n\r\n$`, 's'));
      const answers = connection.received().slice(before);
      expect(answers).toMatch(status);
      expect(answers).not.toMatch(/connection: close/i);
    };
    for (const [method, path, headers, status] of cases) {
      await ask(method, targetOf(method, path), headers, status);
    }
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      await ask(method, spoil(targetOf(method, '/bucket/k')), {}, /^HTTP\/1\.1 403 /);
      await ask(method, '/bucket/k', {}, /^HTTP\/1\.1 403 /);
    }
    await ask('OPTIONS', '/bucket/k', {}, /^HTTP\/1\.1 400 /);
  });
});

describe('a refused upload', () => {
  const large = Buffer.alloc(16 * 1024 * 1024, 7);

  it.each([
    ['with a wrong signature', () => spoil(targetOf('PUT', '/bucket/large'))],
    ['of another length than was signed', () => targetOf('PUT', '/bucket/large', { 'content-length': '5' })],
    ['into a bucket that is not there', () => targetOf('PUT', '/nowhere/large')],
  ])(
    '%s, 16 MB long, is seen to be refused by fetch every time',
    async (_, target) => {
      for (let round = 0; round < 5; round++) {
        const answer = await fetch(store.endpoint + target(), { method: 'PUT', body: large });
        expect([403, 404]).toContain(answer.status);
        expect(await answer.text()).toContain('<Error>');
      }
    },
    60_000,
  );

  it('of unknown length is seen to be refused by a client that sends all before it reads', async () => {
    const { port } = new URL(store.endpoint);
    const path = spoil(targetOf('PUT', '/bucket/large'));
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest({ port, method: 'PUT', path, agent: false });
      request.on('error', reject);
      request.on('response', (response) => resolve(response.resume().statusCode));
      for (let at = 0; at < large.length; at += 1024 * 1024)
        request.write(large.subarray(at, at + 1024 * 1024));
      request.end();
    });
    expect(status).toBe(403);
  });

  it('has its answer ended, though the body never comes', async () => {
    await using connection = await connectRaw(store.endpoint);
    const headers = { 'content-length': '64000000' };
    connection.write(requestText(store.endpoint, `PUT ${spoil(targetOf('PUT', '/bucket/k'))}`, headers, 'x'));
    const answer = await connection.ended(2000);
    expect(answer).toMatch(/^HTTP\/1\.1 403 .*connection: close.*<\/Error>$/is);
  });

  it('is the last thing its connection does: what is sent behind it is not acted upon', async () => {
    await using connection = await connectRaw(store.endpoint);
    const size = 2 * 1024 * 1024;
    const put = `PUT ${spoil(targetOf('PUT', '/bucket/k'))}`;
    connection.write(requestText(store.endpoint, put, { 'content-length': String(size) }));
    connection.write(Buffer.alloc(size));
    connection.write(requestText(store.endpoint, `DELETE ${targetOf('DELETE', '/bucket/k')}`));
    const answer = await connection.ended();
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    expect((await store.send({ path: '/bucket/k' })).text).toBe('hello');
  });

  it('that is short is read to its end, and the connection goes on', async () => {
    await using connection = await connectRaw(store.endpoint);
    const put = `PUT ${spoil(targetOf('PUT', '/bucket/k'))}`;
    connection.write(requestText(store.endpoint, put, { 'content-length': '5' }, 'hello'));
    connection.write(requestText(store.endpoint, `GET ${targetOf('GET', '/bucket/k')}`));
    expect(await connection.until(/hello$/)).toMatch(/^HTTP\/1\.1 403 .*<\/Error>HTTP\/1\.1 200 /s);
  });
});

describe('an error document', () => {
  const costly = '&'.repeat(20_000);
  const signed = () => targetOf('PUT', '/bucket/k', { 'content-type': 'text/plain' });
  const unsigned = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-amz-meta-${index}`, '1']));

  it.each<[string, () => { target: string; headers?: Record<string, string> }]>([
    ['a key', () => ({ target: `/bucket/${costly}` })],
    ['the name of a bucket', () => ({ target: `/${costly}` })],
    ['a path that cannot be read', () => ({ target: `//${costly}` })],
    [
      'a path and a subresource',
      () => ({ target: `/bucket/${costly.slice(0, 9_000)}?${costly.slice(0, 9_000)}` }),
    ],
    ['an authorization', () => ({ target: '/bucket/k', headers: { authorization: costly } })],
    [
      'a name of a header',
      () => ({ target: signed(), headers: { [`x-amz-meta-${'a'.repeat(25_000)}`]: '1' } }),
    ],
    ['names of headers', () => ({ target: signed(), headers: unsigned(1_200) })],
    [
      'a digest',
      () => ({ target: signed(), headers: { 'content-md5': costly, 'content-type': 'text/plain' } }),
    ],
    ['a precondition', () => ({ target: '/bucket/k', headers: { 'x-amz-date': costly } })],
    ['what the URL is signed with', () => ({ target: `/bucket/k?X-Amz-Signature=${'%26'.repeat(8_000)}` })],
  ])('is at most 16 KiB, though %s is longer', async (_, make) => {
    for (const method of ['GET', 'PUT']) {
      const { status, body, code, headers } = await sendRaw(store.endpoint, { method, ...make() });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(body.length).toBeLessThanOrEqual(16 * 1024);
      expect(headers['content-length']).toBe(String(body.length));
      expect(code).toMatch(/^[A-Za-z]+$/);
      expect(body.toString()).toMatch(/<\/Error>$/);
    }
  });
});
