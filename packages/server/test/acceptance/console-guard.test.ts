import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type ConsoleClient, createOperator } from '../../../test-support/src/api/console-client.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const service = inject('service');
const { consoleUrl, objectsUrl, imagesUrl } = service;
const { port } = new URL(consoleUrl);
const newName = () => `op-${randomBytes(6).toString('hex')}`;

let tenant: Tenant;
let other: Tenant;
let owner: ConsoleClient;
let viewer: ConsoleClient;
beforeAll(async () => {
  [tenant, other] = await Promise.all([createTenant(), createTenant()]);
  owner = await createOperator(service, newName());
  viewer = await createOperator(service, newName(), '--role', 'viewer', '--project', tenant.project);
});

const below = ({ project }: Tenant, path: string) => `/api/t/${project}/dev/v1${path}`;
const presign = { filename: 'a.txt', contentType: 'text/plain', fileSize: 3 };

/** Sends a request with a Host header of its own, which `fetch` does not allow. */
function askAs(
  host: string,
  path: string,
): Promise<{ status: number | undefined; location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = { Host: host, Cookie: owner.cookie, 'X-Console': '1' };
    request(consoleUrl + path, { headers }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, location: response.headers.location });
    })
      .on('error', reject)
      .end();
  });
}

describe('requests that a page of another origin could send', () => {
  it.each<[string, Record<string, string | undefined>]>([
    ['no origin', { Origin: undefined }],
    ['the origin null', { Origin: 'null' }],
    ['another port of this host', { Origin: 'http://127.0.0.1:1' }],
    ['another name of this host', { Origin: `http://localhost:${port}` }],
    ['another scheme', { Origin: `https://127.0.0.1:${port}` }],
    ['an origin that begins as ours', { Origin: `${consoleUrl}.evil.example` }],
    ['the same site, but another port', { 'Sec-Fetch-Site': 'same-site' }],
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['no header of ours, as forms', { 'X-Console': undefined }],
  ])('are refused with %s', async (_, headers) => {
    const { status } = await owner.send('POST', below(tenant, '/files/presigned-url'), {
      json: presign,
      headers,
    });
    expect(status).toBe(400);
    const signingIn = await owner.send('POST', '/api/session', {
      json: { name: 'a', password: 'b' },
      headers,
    });
    expect(signingIn.status).toBe(400);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'are refused with a body of %s',
    async (type) => {
      const { status } = await owner.send('POST', below(tenant, '/files/presigned-url'), {
        json: presign,
        headers: { 'Content-Type': type },
      });
      expect(status).toBe(415);
    },
  );

  it('find no method in a body or a header', async () => {
    const { status } = await owner.send('POST', below(tenant, '/files'), {
      json: { _method: 'DELETE' },
      headers: { 'X-HTTP-Method-Override': 'DELETE' },
    });
    expect(status).toBe(400);
  });

  it.each([
    'evil.example',
    `127.0.0.1:${Number(port) - 1}`,
    `127.0.0.1:${port}.evil.example`,
    `evil.example:${port}`,
  ])('are refused under the host %s', async (host) => {
    for (const path of ['/', '/api/session']) expect((await askAs(host, path)).status).toBe(400);
  });

  it('are sent from another name of the loopback address to the right one, pages alone', async () => {
    expect(await askAs(`localhost:${port}`, '/p/a/b/files')).toEqual({
      status: 307,
      location: `${consoleUrl}/`,
    });
    expect((await askAs(`localhost:${port}`, '/api/session')).status).toBe(400);
  });

  it('get no CORS header, preflights included', async () => {
    for (const method of ['OPTIONS', 'GET']) {
      const { headers } = await owner.send(method, '/api/session', {
        headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'GET' },
      });
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});

describe('the console in the stead of keys', () => {
  it('honours no API key and no access token', async () => {
    for (const path of ['/files', '/environment']) {
      const { status } = await owner.send('GET', below(tenant, path), {
        headers: { Cookie: undefined, ...tenant.admin.headers },
      });
      expect(status).toBe(401);
    }
    const { status } = await fetch(`${service.apiUrl}/v1/files`, { headers: { Cookie: owner.cookie } });
    expect(status).toBe(401);
  });

  it('presigns for an owner, whose upload belongs to the operator', async () => {
    const asked = await owner.send('POST', below(tenant, '/files/presigned-url'), { json: presign });
    const { url, key } = asked.json as { url: string; key: string };
    expect(new URL(url).origin).toBe(objectsUrl);
    await fetch(url, { method: 'PUT', body: 'abc', headers: { 'Content-Type': 'text/plain' } });
    const { status, json } = await owner.send('POST', below(tenant, '/files'), {
      json: { s3Key: key, originalName: 'a.txt', mimeType: 'text/plain', size: 3 },
    });
    expect(status).toBe(201);
    expect(json).toMatchObject({ ownerType: 'service', ownerId: expect.stringMatching(/^operator:/) });
  });

  it('opens to an admin or a viewer the projects named, and answers others as if they did not exist', async () => {
    expect((await viewer.send('GET', below(tenant, '/files'))).status).toBe(200);
    const foreign = await viewer.send('GET', below(other, '/files'));
    const missing = await viewer.send('GET', '/api/t/nowhere/dev/v1/files');
    expect([foreign.status, missing.status]).toEqual([404, 404]);
    const { json } = await viewer.send('GET', '/api/environments');
    expect(json).toEqual({ items: [{ project: tenant.project, environment: 'dev' }] });
  });

  it('lets viewers read records and thumbnails, neither change anything nor read files', async () => {
    const { json } = await owner.send('GET', below(tenant, '/files'));
    const [{ id }] = (json as { items: [{ id: string }] }).items;
    for (const [method, path, body] of [
      ['PATCH', `/files/${id}`, { originalName: 'b.txt' }],
      ['DELETE', `/files/${id}`, undefined],
      ['POST', '/files/presigned-url', presign],
      ['POST', `/files/${id}/download-url`, {}],
      ['GET', `/files/${id}/download-url`, undefined],
      ['POST', '/files/download-urls', { ids: [id] }],
      ['POST', `/files/${id}/image-url`, { options: 'fit-in/4000x4000' }],
      ['POST', `/files/${id}/image-url`, {}],
      ['PATCH', '/environment', {}],
      ['POST', '/webhooks', { url: 'http://127.0.0.1:1/' }],
    ] as const) {
      const answer = await viewer.send(method, below(tenant, path), { json: body });
      expect(answer, `${method} ${path}`).toMatchObject({
        status: 403,
        json: { error: { code: 'auth/scope-insufficient' } },
      });
    }
    const thumbnail = await viewer.send('POST', below(tenant, `/files/${id}/image-url`), {
      json: { options: 'fit-in/400x400' },
    });
    expect(thumbnail.status).not.toBe(403);
  });
});

describe('pages', () => {
  it('are one page for every screen, under a policy that allows nothing inline', async () => {
    for (const path of ['/', '/p/default/dev/files']) {
      const { status, headers, json } = await owner.send('GET', path);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).not.toMatch(/unsafe|\*/);
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain(`connect-src 'self' ${objectsUrl} ${imagesUrl}`);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(String(json)).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=/);
    }
  });

  it('keep lasting files apart from the page, and compress them', async () => {
    const { json } = await owner.send('GET', '/');
    const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(String(json)) ?? [];
    const { headers } = await owner.send('GET', script, { headers: { 'Accept-Encoding': 'br' } });
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(headers.get('content-encoding')).toBe('br');
    const again = await owner.send('GET', script, {
      headers: { 'If-None-Match': headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
  });

  it.each([
    '/../package.json',
    '/assets/../../package.json',
    '/%2e%2e/package.json',
    '/assets/none.js',
    '/api/none',
  ])('lead nowhere else: %s', async (path) => {
    expect((await owner.send('GET', path)).status).toBe(404);
  });
});
