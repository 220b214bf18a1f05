import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ErrorBody } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type Client, requireErrorShape } from '../../../test-support/src/api/client.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

const { apiUrl } = inject('service');
let alice: Client;

beforeAll(async () => {
  alice = await (await createTenant()).user('alice');
});

/** A request as it stands, and its answer, which must be a refusal in the one shape. */
async function refused(path: string, init: RequestInit = {}) {
  const response = await fetch(apiUrl + path, { ...init, headers: { ...alice.headers, ...init.headers } });
  // Held against the shape in the next line.
  const json = (await response.json()) as ErrorBody;
  requireErrorShape({ status: response.status, headers: response.headers, json });
  return { status: response.status, code: json.error.code, headers: response.headers, json };
}

const asJson = { 'Content-Type': 'application/json' };

/** Response of a server to bytes that no HTTP client would send. */
function speak(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(apiUrl);
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

describe('the edge of the API', () => {
  it.each(['{', '{"filename":}', 'hello', '{"a":1}}', "{'a':1}", '\ufeff'])(
    'refuses %j, which is not JSON',
    async (body) => {
      const refusal = await refused('/v1/files/presigned-url', { method: 'POST', headers: asJson, body });
      expect(refusal).toMatchObject({ status: 400, code: 'common/invalid-parameters' });
    },
  );

  it.each(['[]', '"text"', '7', 'null', 'true'])('refuses %s, which is no object', async (body) => {
    const refusal = await refused('/v1/files/presigned-url', { method: 'POST', headers: asJson, body });
    expect(refusal).toMatchObject({ status: 400, code: 'common/invalid-parameters' });
  });

  it.each(['{"__proto__":{"isAdmin":true}}', '{"constructor":{"prototype":{"a":1}}}'])(
    'refuses %s, which is after our prototypes',
    async (body) => {
      const refusal = await refused('/v1/files/presigned-url', { method: 'POST', headers: asJson, body });
      expect(refusal.status).toBe(400);
    },
  );

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/json',
    'nonsense',
  ])('refuses a body sent as %s', async (contentType) => {
    const refusal = await refused('/v1/files/presigned-url', {
      method: 'POST',
      headers: { 'Content-Type': contentType },
      body: '{}',
    });
    expect(refusal).toMatchObject({ status: 415, code: 'common/unsupported-media-type' });
  });

  it('takes JSON with a charset', async () => {
    const response = await fetch(`${apiUrl}/v1/files/presigned-url`, {
      method: 'POST',
      headers: { ...alice.headers, 'Content-Type': 'application/json; charset=utf-8' },
      body: '{"filename":"a.txt","contentType":"text/plain"}',
    });
    expect(response.status).toBe(200);
  });

  it('refuses more than 1 MiB of JSON, announced or not', async () => {
    const body = `{"filename":"${'x'.repeat(1024 * 1024)}"}`;
    const announced = await refused('/v1/files/presigned-url', { method: 'POST', headers: asJson, body });
    expect(announced).toMatchObject({ status: 413, code: 'common/payload-too-large' });

    const chunked = await refused('/v1/files/presigned-url', {
      method: 'POST',
      headers: asJson,
      body: new Blob([body]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(chunked).toMatchObject({ status: 413, code: 'common/payload-too-large' });
  });

  it('takes a whole mebibyte', async () => {
    const frame = '{"filename":"a.txt","contentType":"text/plain","note":""}';
    const note = 'x'.repeat(1024 * 1024 - frame.length);
    const response = await fetch(`${apiUrl}/v1/files/presigned-url`, {
      method: 'POST',
      headers: { ...alice.headers, ...asJson },
      body: frame.replace('""', `"${note}"`),
    });
    expect(response.status).toBe(200);
  });

  it.each([
    ['GET', '/'],
    ['GET', '/v1'],
    ['GET', '/v1/file'],
    ['GET', '/v2/files'],
    ['POST', '/v1/files/x/y/z'],
    ['DELETE', '/favicon.ico'],
    ['GET', '/v1/files/x/download-url/'],
    ['GET', '/docs/nothing'],
    ['GET', '/docs/..%2fv1/files'],
  ])('has nothing at %s %s', async (method, path) => {
    expect(await refused(path, { method })).toMatchObject({ status: 404, code: 'common/not-found' });
  });

  it.each(['/%', '/v1/files/%E0%A4%A', '/v1/files/%ff', '/v1//files', `/v1/files/${'x'.repeat(5_000)}`])(
    'answers %s in the one shape too',
    async (path) => {
      expect([400, 404, 414]).toContain((await refused(path)).status);
    },
  );

  it.each([
    ['PUT', '/v1/files', ['GET', 'HEAD', 'POST']],
    ['POST', '/v1/files/00000000-0000-7000-8000-000000000000', ['DELETE', 'GET', 'HEAD', 'PATCH']],
    ['DELETE', '/v1/files/presigned-url', undefined],
    ['POST', '/v1/usage', ['GET', 'HEAD']],
    ['POST', '/v1/files/x/shares', ['DELETE', 'GET', 'HEAD', 'PUT']],
    ['PATCH', '/health/live', ['GET', 'HEAD']],
  ] as const)('says of %s %s which methods there are', async (method, path, allowed) => {
    if (allowed === undefined) {
      // The path also reads as a file's, which there is none of under this id.
      expect((await refused(path, { method })).status).toBe(404);
      return;
    }
    const refusal = await refused(path, { method });
    expect(refusal).toMatchObject({ status: 405, code: 'common/method-not-allowed' });
    expect(refusal.headers.get('allow')?.split(', ').sort()).toEqual([...allowed]);
  });

  it('answers HEAD as GET without the body', async () => {
    const get = await fetch(`${apiUrl}/v1/files`, { headers: alice.headers });
    const head = await fetch(`${apiUrl}/v1/files`, { method: 'HEAD', headers: alice.headers });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
    expect(await head.text()).toBe('');
  });

  it('gives every answer an id of its own, whatever the client says', async () => {
    const ask = (path: string) =>
      fetch(apiUrl + path, { headers: { ...alice.headers, 'X-Request-Id': 'mine\u00e9' } });
    const responses = await Promise.all(['/v1/files', '/v1/nothing', '/openapi.json'].map(ask));
    const ids = responses.map(({ headers }) => headers.get('x-request-id'));
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('sends headers that keep browsers and caches in bounds', async () => {
    for (const path of ['/v1/files', '/v1/nothing']) {
      const { headers } = await fetch(apiUrl + path, { headers: alice.headers });
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-frame-options') ?? headers.get('content-security-policy')).toMatch(
        /SAMEORIGIN|DENY|frame-ancestors 'none'/,
      );
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-powered-by')).toBeNull();
    }
    const { headers } = await fetch(`${apiUrl}/v1/files`, { headers: alice.headers });
    expect(headers.get('cache-control')).toContain('no-store');
  });

  it.each(['https://app.example.com', 'http://localhost:3000', 'null'])(
    'can be called from the origin %s',
    async (origin) => {
      const preflight = await fetch(`${apiUrl}/v1/files/x`, {
        method: 'OPTIONS',
        headers: {
          Origin: origin,
          'Access-Control-Request-Method': 'PATCH',
          'Access-Control-Request-Headers': 'authorization,content-type,x-api-key',
        },
      });
      expect(preflight.ok).toBe(true);
      expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
      expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
      expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH');
      const allowed = preflight.headers.get('access-control-allow-headers')?.toLowerCase() ?? '';
      for (const name of ['authorization', 'content-type', 'x-api-key']) expect(allowed).toContain(name);

      const { headers } = await fetch(`${apiUrl}/v1/files`, { headers: { Origin: origin } });
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-expose-headers')?.toLowerCase()).toContain('x-request-id');
    },
  );

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['headers without end', `GET /v1/files HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['two lengths', 'POST /v1/files HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}'],
    [
      'a length and chunks',
      'POST /v1/files HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('answers %s in the one shape, and hangs up', async (_, bytes) => {
    const answer = await speak(bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    const [, body = ''] = answer.split('\r\n\r\n');
    expect(JSON.parse(body)).toMatchObject({
      success: false,
      error: { code: expect.stringMatching(/^common\//), message: expect.any(String), details: {} },
      requestId: expect.any(String),
    });
  });
});

describe('the description', () => {
  it('is docs/openapi.json, except for the URL of the service', async () => {
    const response = await fetch(`${apiUrl}/openapi.json`);
    const expected = JSON.parse(
      await readFile(join(import.meta.dirname, '../../../../docs/openapi.json'), 'utf8'),
    );
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(expected.openapi).toMatch(/^3\.1\./);
    expect(await response.json()).toEqual({ ...expected, servers: [{ url: apiUrl }] });
  });

  it('can be read as a page, its scripts and styles with it', async () => {
    const response = await fetch(`${apiUrl}/docs`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    const page = await response.text();
    const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, link = '']) => new URL(link, response.url),
    );
    expect(links.length).toBeGreaterThan(2);
    for (const link of links)
      expect([link.pathname, (await fetch(link)).status]).toEqual([link.pathname, 200]);
  });
});
