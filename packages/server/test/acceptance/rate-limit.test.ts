import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../support/client.ts';
import { startOtherApi } from '../support/other-api.ts';
import type { RunningService } from '../support/service.ts';
import { createTenant, signToken, type Tenant } from '../support/tenant.ts';

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
  it('lets a user do so much a minute, then says when to come again', async () => {
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

  it('is not put off by headers that anybody can write', async () => {
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

  it('counts no probes', async () => {
    for (let index = 0; index < perMinute * 2; index += 1) {
      expect((await fetch(`${api.apiUrl}/health/ready`)).status).toBe(200);
    }
  });
});
