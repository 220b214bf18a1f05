import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../../test-support/src/api/client.ts';
import { startOtherApi } from '../../../test-support/src/service/start-other-api.ts';
import type { RunningService } from '../../../test-support/src/service/start-service.ts';
import { createTenant, signToken, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const perMinute = 10;
let api: RunningService;
let tenant: Tenant;

beforeAll(async () => {
  tenant = await createTenant();
  api = await startOtherApi({ BKEND_RATE_LIMIT: `${perMinute}` });
});

afterAll(() => api[Symbol.asyncDispose]());

const callerOf = (headers: Record<string, string>) => createClient(api.apiUrl, headers);

/** The statuses of that many requests, one after the other. */
async function statusesOf(count: number, headers: (index: number) => Record<string, string>) {
  const statuses: number[] = [];
  for (let index = 0; index < count; index += 1) {
    statuses.push((await callerOf(headers(index)).send('GET', '/v1/files')).status);
  }
  return statuses;
}

describe('the rate limit', () => {
  it('lets a user send a number of requests a minute, then answers 429 with the time to retry', async () => {
    const headers = {
      'X-API-Key': tenant.publishable.key,
      Authorization: `Bearer ${await signToken({ userId: 'alice', environment: tenant.environment })}`,
    };
    expect(await statusesOf(perMinute, () => headers)).toEqual(Array(perMinute).fill(200));
    const refusal = await callerOf(headers).refusal('GET', '/v1/files');
    expect(refusal).toMatchObject({ status: 429, code: 'common/too-many-requests' });
    const retryAfter = Number(refusal.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(60);
    expect(refusal.details.retryAfterSeconds).toBe(retryAfter);
    expect(refusal.headers.get('x-ratelimit-limit')).toBe(`${perMinute}`);
    expect(refusal.headers.get('x-ratelimit-remaining')).toBe('0');
  });

  it('is each caller’s own, and follows the caller from token to token', async () => {
    const headersOf = async (userId: string, expiresInSeconds: number) => ({
      'X-API-Key': tenant.publishable.key,
      Authorization: `Bearer ${await signToken({ userId, environment: tenant.environment, expiresInSeconds })}`,
    });
    const tokens = await Promise.all([1000, 2000, 3000].map((life) => headersOf('bob', life)));
    const statuses = await statusesOf(perMinute + 1, (index) => tokens[index % 3] ?? {});
    expect(statuses.at(-1)).toBe(429);
    expect(await statusesOf(1, () => tokens[0] ?? {})).toEqual([429]);
    const carol = await headersOf('carol', 1000);
    expect(await statusesOf(1, () => carol)).toEqual([200]);
    expect(await statusesOf(1, () => ({ 'X-API-Key': tenant.secret.key }))).toEqual([200]);
  });

  it('ignores headers that any client can write', async () => {
    const statuses = await statusesOf(perMinute + 1, (index) => ({
      'X-API-Key': tenant.publishable.key,
      'X-Forwarded-For': `203.0.113.${index}`,
      Forwarded: `for=203.0.113.${index}`,
      'X-Real-IP': `203.0.113.${index}`,
      'CF-Connecting-IP': `203.0.113.${index}`,
      'User-Agent': `browser ${index}`,
    }));
    expect(statuses.at(-1)).toBe(429);
  });

  it('holds those back who try one key after the other', async () => {
    const statuses = await statusesOf(perMinute + 1, (index) => ({
      'X-API-Key': `pk_${`${index}`.padStart(64, '0')}`,
      'X-Forwarded-For': `203.0.113.${index}`,
    }));
    expect(statuses).toEqual([...Array(perMinute).fill(401), 429]);
  });

  it('says on every answer how much is left', async () => {
    const headers = {
      'X-API-Key': tenant.publishable.key,
      Authorization: `Bearer ${await signToken({ userId: 'dora', environment: tenant.environment })}`,
    };
    for (const [path, left] of [
      ['/v1/files', 9],
      ['/v1/files/x', 8],
      ['/v1/usage', 7],
    ] as const) {
      const answer = await callerOf(headers).send('GET', path);
      expect(answer.headers.get('x-ratelimit-limit')).toBe(`${perMinute}`);
      expect(answer.headers.get('x-ratelimit-remaining')).toBe(`${left}`);
    }
  });

  it('looks no unknown key up for an address that has failed too often, and lets those go on who prove themselves', async () => {
    await statusesOf(perMinute, (index) => ({ 'X-API-Key': `sk_${`${index}`.padStart(64, '0')}` }));
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        callerOf({ 'X-API-Key': `pk_${`${index}`.padStart(64, 'f')}` }).send('GET', '/v1/files'),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([429]));
    const wrongToken = { 'X-API-Key': tenant.publishable.key, Authorization: 'Bearer x.y.z' };
    expect(await statusesOf(1, () => wrongToken)).toEqual([429]);
    const emma = {
      'X-API-Key': tenant.publishable.key,
      Authorization: `Bearer ${await signToken({ userId: 'emma', environment: tenant.environment })}`,
    };
    expect(await statusesOf(1, () => emma)).toEqual([200]);
  });

  it('holds for paths that take no key', async () => {
    const statuses: number[] = [];
    // The description, which every client of these tests reads, counts as well.
    for (let index = 0; index <= perMinute; index += 1) {
      statuses.push((await fetch(`${api.apiUrl}${index % 2 ? '/docs' : '/v1/nothing'}`)).status);
    }
    expect(statuses[0]).toBe(404);
    expect(statuses.at(-1)).toBe(429);
  });

  it('counts no probes', async () => {
    for (let index = 0; index < perMinute * 2; index += 1) {
      expect((await fetch(`${api.apiUrl}/health/ready`)).status).toBe(200);
    }
  });
});

describe('the rate limit behind a proxy that is trusted', () => {
  let proxied: RunningService;
  beforeAll(async () => {
    proxied = await startOtherApi({
      BKEND_RATE_LIMIT: `${perMinute}`,
      BKEND_TRUSTED_PROXIES: '10.0.0.0/8, 127.0.0.1',
    });
  });
  afterAll(() => proxied[Symbol.asyncDispose]());

  const statusOf = async (forwardedFor: string) => {
    const headers = { 'X-API-Key': tenant.publishable.key, 'X-Forwarded-For': forwardedFor };
    return (await createClient(proxied.apiUrl, headers).send('GET', '/v1/files')).status;
  };

  it('is each guest’s own, by the rightmost address that is no proxy’s', async () => {
    const flood: number[] = [];
    for (let index = 0; index <= perMinute; index += 1) {
      flood.push(await statusOf(`198.51.100.${index}, 203.0.113.7, 10.0.0.${index}`));
    }
    expect(flood).toEqual([...Array(perMinute).fill(200), 429]);
    expect(await statusOf('203.0.113.8')).toBe(200);
    expect(await statusOf('203.0.113.7, 203.0.113.9')).toBe(200);
  });

  it('is one for all addresses of an IPv6 network of 64 bits', async () => {
    const flood: number[] = [];
    for (let index = 0; index <= perMinute; index += 1) {
      flood.push(await statusOf(`2001:db8:1:2:${index}::${index}`));
    }
    expect(flood).toEqual([...Array(perMinute).fill(200), 429]);
    expect(await statusOf('2001:db8:1:3::1')).toBe(200);
  });
});
