import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

/** The service allows one page, and one environment has two of its own instead. */
const ofService = 'https://app.example.com';
const ofEnvironment = ['https://shop.example.com', 'http://localhost:3000'];
const strange = 'https://evil.example.com';
let api: RunningService;
let plain: Tenant;
let shop: Tenant;

beforeAll(async () => {
  api = await startService({ env: { BKEND_CORS_ORIGINS: ofService } });
  [plain, shop] = await Promise.all([createTenant(api), createTenant(api)]);
  await shop.admin.ask('PATCH', '/v1/environment', { corsOrigins: ofEnvironment });
});
afterAll(() => api[Symbol.asyncDispose]());

/** Which origin may read what this request answers. */
async function readableFor(origin: string, key?: string): Promise<string | null> {
  const headers = { Origin: origin, ...(key !== undefined && { 'X-API-Key': key }) };
  const answer = await fetch(`${api.apiUrl}/v1/files`, { headers });
  await answer.arrayBuffer();
  expect(answer.headers.get('vary')?.toLowerCase()).toContain('origin');
  return answer.headers.get('access-control-allow-origin');
}

async function preflight(origin: string): Promise<string | null> {
  const answer = await fetch(`${api.apiUrl}/v1/files`, {
    method: 'OPTIONS',
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': 'x-api-key',
    },
  });
  return answer.headers.get('access-control-allow-origin');
}

describe('pages of other origins', () => {
  it.each([
    'null',
    'https://app.example.com.evil.com',
    'https://evil-app.example.com',
    'https://xapp.example.com',
    'http://app.example.com',
    'https://app.example.com:8443',
    'http://localhost:3001',
  ])('such as %s read nothing', async (origin) => {
    expect(await readableFor(origin)).toBeNull();
  });

  it('call tools over HTTP only where they may read answers', async () => {
    const { headers } = await plain.user('alice');
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    for (const [origin, status] of [
      [ofService, 200],
      [strange, 403],
    ] as const) {
      const ask = { Accept: 'application/json, text/event-stream', 'Content-Type': 'application/json' };
      const answer = await fetch(`${api.apiUrl}/mcp`, {
        method: 'POST',
        headers: { ...headers, ...ask, Origin: origin },
        body,
      });
      expect(answer.status).toBe(status);
    }
  });

  it('read what the environment of their key allows', async () => {
    await eventually(
      'the setting is in force',
      async () => (await readableFor(ofEnvironment[0] ?? '', shop.publishable.key)) !== null || undefined,
      { withinSeconds: 5 },
    );
    for (const origin of ofEnvironment) {
      expect(await readableFor(origin, shop.publishable.key)).toBe(origin);
      expect(await readableFor(origin, plain.publishable.key)).toBeNull();
    }
    expect(await readableFor(ofService, plain.publishable.key)).toBe(ofService);
    expect(await readableFor(ofService, shop.publishable.key)).toBeNull();
    for (const { publishable } of [plain, shop])
      expect(await readableFor(strange, publishable.key)).toBeNull();
  });

  it('may ask first, without a key, when any environment allows them', async () => {
    for (const origin of [ofService, ...ofEnvironment]) {
      expect(await preflight(origin)).toBe(origin);
      expect(await readableFor(origin)).toBe(origin);
    }
    expect(await preflight(strange)).toBeNull();
    expect(await preflight('null')).toBeNull();
  });

  it('are those of the service again once the environment has none of its own', async () => {
    await shop.admin.ask('PATCH', '/v1/environment', { corsOrigins: null });
    await eventually(
      'the default is in force',
      async () => (await readableFor(ofService, shop.publishable.key)) === ofService || undefined,
      { withinSeconds: 5 },
    );
    for (const origin of ofEnvironment) expect(await preflight(origin)).toBeNull();
  });
});
