import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { expectAlive, hosts } from './alive.ts';
import { type AttackedTenant, createAttackedTenant } from './attacked-tenant.ts';

const maxErrorBytes = 16 * 1024;
let tenant: AttackedTenant;
beforeAll(async () => {
  tenant = await createAttackedTenant();
});
afterAll(expectAlive);

interface Sent {
  readonly status: number;
  readonly bytes: number;
  readonly ms: number;
}

async function send(
  path: string,
  body: string,
  { method = 'POST', token, key = tenant.publishable.key, headers = {} }: SendOptions = {},
): Promise<Sent> {
  const begun = performance.now();
  const answer = await fetch(inject('service').apiUrl + path, {
    method,
    headers: {
      'Content-Type': 'application/json',
      'X-API-Key': key,
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    body,
  });
  const { byteLength } = await answer.arrayBuffer();
  return { status: answer.status, bytes: byteLength, ms: performance.now() - begun };
}

interface SendOptions {
  readonly method?: string;
  readonly token?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const wrong = (count: number) => Array.from({ length: count }, () => 1);
const registration = { s3Key: 'x', originalName: 'x', mimeType: 'text/plain', size: 1 };
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

/** Bodies of up to a mebibyte in which as much is wrong as there is room for. */
const bodies: Record<string, [string, string]> = {
  'half a million wrong names to share with': [
    '/v1/files',
    JSON.stringify({ ...registration, sharedWith: wrong(500_000) }),
  ],
  'half a million wrong tags': [
    '/v1/files',
    JSON.stringify({ ...registration, metadata: { tags: wrong(500_000) } }),
  ],
  'half a million wrong ids': ['/v1/files/bulk-delete', JSON.stringify({ ids: wrong(500_000) })],
  'thousands of unknown fields': [
    '/v1/files',
    JSON.stringify(Object.fromEntries(wrong(50_000).map((value, index) => [`field-${index}`, value]))),
  ],
  'half a million parts': [
    '/v1/files/multipart/complete',
    JSON.stringify({ key: 'x', uploadId: 'x', parts: wrong(500_000) }),
  ],
  'half a million part numbers': [
    '/v1/files/multipart/presigned-url',
    JSON.stringify({ key: 'x', uploadId: 'x', partNumbers: wrong(500_000) }),
  ],
  'a name of a megabyte': ['/v1/files/presigned-url', JSON.stringify({ filename: 'x'.repeat(1_000_000) })],
  'a field with a name of a megabyte': ['/v1/files', JSON.stringify({ ['x'.repeat(1_000_000)]: 1 })],
  'lists a hundred thousand deep': ['/v1/files', `{"metadata":{"custom":{"a":${nested(100_000)}}}}`],
  'nothing but brackets': ['/v1/files', '['.repeat(1_000_000)],
  'a number of a megabyte': ['/v1/files', `{"size":${'9'.repeat(1_000_000)}}`],
  'a string that never ends': ['/v1/files', `{"s3Key":"${'x'.repeat(1_000_000)}`],
  'a million line breaks': ['/v1/files', '\n'.repeat(1_000_000)],
};

describe.each(Object.entries(bodies))('a body with %s', (_, [path, body]) => {
  it('is refused to a guest with a small answer, at once', async () => {
    const { status, bytes, ms } = await send(path, body);
    expect(status).toBe(401);
    expect(bytes).toBeLessThanOrEqual(maxErrorBytes);
    expect(ms).toBeLessThan(2_000);
  });

  it('is refused to a user with a small answer, soon', async () => {
    const { status, bytes, ms } = await send(path, body, { token: tenant.sign({ sub: 'mallory' }) });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(bytes).toBeLessThanOrEqual(maxErrorBytes);
    expect(ms).toBeLessThan(3_000);
  });
});

describe('a body', () => {
  it('that reports every problem reports 20 at most', async () => {
    const body = Object.fromEntries(wrong(100).map((value, index) => [`field-${index}`, value]));
    const refusal = await tenant.user('mallory').refusal('POST', '/v1/files', body);
    expect((refusal.details.issues as unknown[]).length).toBeLessThanOrEqual(20);
  });

  it.each(['gzip', 'br', 'deflate', 'gzip, gzip'])(
    'that is said to be %s is not unpacked',
    async (encoding) => {
      const headers = { 'Content-Encoding': encoding };
      const { status } = await send('/v1/files/presigned-url', '{}', {
        token: tenant.sign({ sub: 'mallory' }),
        headers,
      });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    },
  );

  it('of many large ones at once leaves another caller’s answers quick', async () => {
    const quick = async () => {
      const begun = performance.now();
      await tenant.user('alice').ask('GET', '/v1/usage');
      return performance.now() - begun;
    };
    const atOnce = 4;
    const quiet = await median(9, quick);
    const [path, body] = bodies['half a million wrong names to share with'] ?? expect.fail();
    const token = tenant.sign({ sub: 'mallory' });
    let isOver = false;
    const flood = Array.from({ length: atOnce }, async () => {
      while (!isOver) await send(path, body, { token }).catch(() => undefined);
    });
    const busy = await median(9, quick);
    isOver = true;
    await Promise.all(flood);
    // A mebibyte must be read before it can be refused: tens of milliseconds each, on a machine that is not busy.
    expect(busy).toBeLessThan(Math.max(2_000, quiet * 40));
  });
});

describe('an answer that refuses', () => {
  const targets = Object.entries({
    api: [
      `/v1/files/${'%41'.repeat(2_000)}`,
      `/v1/files?search=${'x'.repeat(8_000)}`,
      `/${'x'.repeat(8_000)}`,
    ],
    objects: [`/bkend/${'x'.repeat(8_000)}`, `/${'x'.repeat(8_000)}`, `/bkend/k?${'a=b&'.repeat(2_000)}`],
    images: [
      `/${'x'.repeat(8_000)}`,
      `/filters:${'nonsense(1):'.repeat(600)}/k`,
      `/${'1x1/'.repeat(2_000)}k`,
    ],
  }).flatMap(([host, paths]) => paths.map((path) => [host as keyof ReturnType<typeof hosts>, path] as const));

  it.each(targets)('is small on the %s host, whatever was asked', async (host, path) => {
    const answer = await fetch(hosts()[host] + path, { headers: { 'X-API-Key': tenant.publishable.key } });
    const { byteLength } = await answer.arrayBuffer();
    expect(byteLength).toBeLessThanOrEqual(maxErrorBytes);
    expect(answer.status).toBeLessThan(500);
  });
});

async function median(times: number, measure: () => Promise<number>): Promise<number> {
  const measured: number[] = [];
  for (let time = 0; time < times; time += 1) measured.push(await measure());
  return measured.sort((a, b) => a - b)[Math.floor(times / 2)] ?? Number.NaN;
}
