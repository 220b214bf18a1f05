import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { callTool, connectByHttp } from '../../../test-support/src/mcp/mcp-client.ts';
import { startOtherApi } from '../../../test-support/src/service/start-other-api.ts';
import type { RunningService } from '../../../test-support/src/service/start-service.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const { apiUrl } = inject('service');
let tenant: Tenant;
beforeAll(async () => {
  tenant = await createTenant();
});

/** A message as any HTTP client can send it. */
function post(body: unknown, headers: Record<string, string> = {}, url = apiUrl): Promise<Response> {
  return fetch(`${url}/mcp`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'X-API-Key': tenant.secret.key,
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const list = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };

describe('POST /mcp', () => {
  it('refuses callers as the API does', async () => {
    for (const [headers, code] of [
      [{ 'X-API-Key': 'sk_wrong' }, 'auth/invalid-api-key'],
      [{ Authorization: 'Bearer x.y.z' }, 'auth/invalid-access-token'],
    ] as const) {
      const answer = await post(list, headers);
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ error: { code } });
    }
  });

  it('answers one message with JSON that ends and is kept by no cache', async () => {
    const answer = await post(list);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect((await answer.json()).result.tools).toHaveLength(10);
    expect((await post({ jsonrpc: '2.0', method: 'notifications/initialized' })).status).toBe(202);
  });

  it.each([
    ['a list of messages', [list, list], 400, 'common/invalid-parameters'],
    ['no JSON', '{', 400, 'common/invalid-parameters'],
    ['a body over the limit', `"${'x'.repeat(1_100_000)}"`, 413, 'common/payload-too-large'],
  ])('refuses %s', async (_, body, status, code) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { code } });
  });

  it('holds no connection for a subscription', async () => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 't', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const message = {
      jsonrpc: '2.0',
      id: 5,
      method: 'subscriptions/listen',
      params: { _meta: meta, notifications: {} },
    };
    const answer = await post(message, {
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Method': 'subscriptions/listen',
    });
    expect(await answer.json()).toMatchObject({ id: 5, error: { code: -32_601 } });
  });

  const long = 'x'.repeat(200_000);
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`unknown-${index}`, 1]));
  const request = (method: string, params: object, id: unknown = 1) => ({
    jsonrpc: '2.0',
    id,
    method,
    params,
  });
  it.each<[string, object]>([
    ['the name of a tool', request('tools/call', { name: long })],
    ['the name of an argument', request('tools/call', { name: 'usage', arguments: { [long]: 1 } })],
    ['a list of arguments', request('tools/call', { name: 'usage', arguments: many })],
    ['the value of an argument', request('tools/call', { name: 'get_file', arguments: { fileId: long } })],
    ['a filter', request('tools/call', { name: 'list_files', arguments: { folder: long, tag: long } })],
    ['the address of a resource', request('resources/read', { uri: long })],
    ['an address that is escaped', request('resources/read', { uri: '\u0001'.repeat(30_000) })],
    ['a cursor', request('resources/list', { cursor: long })],
    ['a method', request(long, {})],
    ['an id', request('tools/list', {}, long)],
    ['an id that is a list', request('tools/list', {}, [long])],
  ])('refuses with at most 16 KiB, however long %s is', async (_, message) => {
    const text = await (await post(message)).text();
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(16 * 1024);
    expect(text).toContain('"error"');
  });

  it('says that other methods are not taken', async () => {
    for (const method of ['GET', 'DELETE']) {
      const answer = await fetch(`${apiUrl}/mcp`, { method });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    }
  });
});

describe('a page', () => {
  let strict: RunningService;
  beforeAll(async () => {
    strict = await startOtherApi({ BKEND_RATE_LIMIT: '12' });
  });
  afterAll(() => strict[Symbol.asyncDispose]());

  it('of any origin but those that are named is refused, also where every page may read answers', async () => {
    for (const origin of ['http://evil.example.com:4500', 'null', '*', 'http://127.0.0.1:1']) {
      const answer = await post(list, { Origin: origin });
      expect(answer.status).toBe(403);
      expect(await answer.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32_000 } });
    }
    expect((await post(list, { Origin: new URL(apiUrl).origin })).status).toBe(200);
  });

  it('and any other client is counted by the rate limit, with every request of a tool', async () => {
    const { headers } = await tenant.user('flood');
    const client = await connectByHttp(strict.apiUrl, headers);
    const codes: string[] = [];
    for (let call = 0; call < 12; call += 1) {
      const code = await callTool(client, 'usage').then(
        ({ isError, result }) => (isError ? result.error.code : 'done'),
        (error: Error) => error.message,
      );
      codes.push(code);
    }
    expect(codes[0]).toBe('done');
    expect(codes.at(-1)).toMatch(/too-many-requests|429/);
  });
});
