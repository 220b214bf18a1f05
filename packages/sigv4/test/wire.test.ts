/** Both directions over real sockets: what Node's parser makes of a request is part of what is tested. */
import { createHash } from 'node:crypto';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SignatureError, verifyRequest } from '../src/index.ts';
import { accessKeyId, at, options, signer } from './endpoint.ts';

let server: Server;
let endpoint: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    try {
      const { method = '', url = '', rawHeaders } = request;
      const verified = verifyRequest({ method, rawUrl: url, rawHeaders }, options);
      response.end(`${verified.kind} ${verified.accessKeyId}`);
    } catch (error) {
      if (!(error instanceof SignatureError)) throw error;
      response.writeHead(error.status).end(error.code);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  endpoint = `http://127.0.0.1:${address.port}`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

/** Sends a request target as it is, which `fetch` would not. */
function send(method: string, target: string, headers: Record<string, string>, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(endpoint);
    const request = httpRequest({ method, hostname, port, path: target, headers }, (response) => {
      response.setEncoding('utf8').on('error', reject);
      let answer = '';
      response.on('data', (chunk: string) => {
        answer += chunk;
      });
      response.on('end', () => resolve(answer));
    });
    // Given a string, Node would write the headers in the encoding of the body.
    request.on('error', reject).end(Buffer.from(body));
  });
}

const keys = ['a b+c%2F한글/.././/é🙂', "!'()*~$&,;=:@", '%', 'a?b#c'];

test.each(keys)('a presigned PUT of the key %s arrives as it was signed', async (key) => {
  const headers = { 'content-type': 'text/plain; charset="x  y"', 'content-length': '4' };
  const url = signer.presign({
    method: 'PUT',
    endpoint,
    path: `/b/${key}`,
    headers,
    expiresInSeconds: 60,
    at,
  });
  const target = url.slice(endpoint.length);
  expect(await send('PUT', target, headers, 'body')).toBe(`query ${accessKeyId}`);
  expect(await send('PUT', target, { ...headers, 'content-length': '3' }, 'bod')).toBe(
    'SignatureDoesNotMatch',
  );
  expect(await send('PUT', target, { ...headers, 'x-amz-acl': 'public-read' }, 'body')).toBe('AccessDenied');
});

test('a presigned GET is accepted from fetch, whose URL parser leaves an encoded key alone', async () => {
  const path = '/b/a b+c%2F한글/é🙂';
  const query = { 'response-content-disposition': `attachment; filename="a'(b).txt"` };
  const url = signer.presign({ method: 'GET', endpoint, path, query, expiresInSeconds: 60, at });
  expect(await (await fetch(url)).text()).toBe(`query ${accessKeyId}`);
});

test('a header is signed byte for byte, in UTF-8 or not', async () => {
  const payloadHash = createHash('sha256').update('body').digest('hex');
  for (const bytes of [Buffer.from('à 한글'), Buffer.from([0xe9, 0xa0, 0xff])]) {
    const headers = { 'x-amz-meta-name': bytes.toString('latin1') };
    const signed = signer.sign({ method: 'PUT', endpoint, path: '/b/k', headers, payloadHash, at });
    expect(await send('PUT', '/b/k', signed, 'body')).toBe(`header ${accessKeyId}`);
    const changed = { ...signed, 'x-amz-meta-name': `${signed['x-amz-meta-name']}\xa0` };
    expect(await send('PUT', '/b/k', changed, 'body')).toBe('SignatureDoesNotMatch');
  }
});

test('Date, which a server in between may repeat, does not disturb x-amz-date', async () => {
  const payloadHash = 'UNSIGNED-PAYLOAD';
  const signed = signer.sign({ method: 'GET', endpoint, path: '/', query: { uploads: '' }, payloadHash, at });
  const headers = { ...signed, date: 'Thu, 01 Jan 1970 00:00:00 GMT' };
  expect(await send('GET', '/?uploads', headers)).toBe(`header ${accessKeyId}`);
});
