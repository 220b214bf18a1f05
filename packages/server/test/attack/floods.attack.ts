import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { expectAlive, hosts } from './alive.ts';
import { askFrom, medianMs, type TimedAnswer } from './ask-from.ts';
import { type AttackedTenant, createAttackedTenant } from './attacked-tenant.ts';

const attacker = '127.0.0.66';
const slackMs = 1_500;
let tenant: AttackedTenant;
beforeAll(async () => {
  tenant = await createAttackedTenant();
  // Enough that pages and counts have something to do.
  for (let batch = 0; batch < 10; batch += 1) {
    const names = Array.from({ length: 20 }, (_, index) => `file a ${batch} ${index}.txt`);
    await Promise.all(
      names.map((originalName) => uploadFile(tenant.user('alice'), { originalName, visibility: 'public' })),
    );
  }
});
afterAll(expectAlive);

const headers = (token?: string) => ({
  'X-API-Key': tenant.publishable.key,
  ...(token !== undefined && { Authorization: `Bearer ${token}` }),
});
const api = (path: string) => hosts().api + path;

/** Keeps a number of requests in progress until it is stopped. */
function flood(atOnce: number, ask: () => Promise<TimedAnswer>) {
  let isOver = false;
  const statuses = new Map<number, number>();
  const ended = Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (!isOver) {
        const { status } = await ask().catch(() => ({ status: 0 }));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }),
  );
  return {
    statuses,
    async stop() {
      isOver = true;
      await ended;
    },
  };
}

/** Latency of another user at another address; refusals are no answer. */
const visit = (time: number) =>
  askFrom('127.0.0.7', api(`/v1/files?limit=5&search=${time}`), headers(tenant.sign({ sub: 'bob' })));

describe('one caller’s flood', () => {
  const floods: [string, () => Promise<TimedAnswer>][] = [
    [
      'of far pages',
      () => askFrom(attacker, api('/v1/files?page=900&limit=100&search=a&sortBy=originalName'), headers()),
    ],
    [
      'of searches',
      () => askFrom(attacker, api(`/v1/files?search=${randomBytes(1).toString('hex')}&limit=100`), headers()),
    ],
    [
      'of searches as a user',
      () =>
        askFrom(
          attacker,
          api('/v1/files?search=a&limit=100&sortBy=size'),
          headers(tenant.sign({ sub: 'mallory' })),
        ),
    ],
    [
      'with unknown keys',
      () => askFrom(attacker, api('/v1/files'), { 'X-API-Key': `pk_${randomBytes(32).toString('hex')}` }),
    ],
    ['of forged tokens', () => askFrom(attacker, api('/v1/files'), headers(`${tenant.sign({ sub: 'x' })}x`))],
    ['of unknown paths', () => askFrom(attacker, api(`/${randomBytes(8).toString('hex')}`))],
    ['of looks at readiness', () => askFrom(attacker, api('/health/ready'))],
  ];

  it.each(floods)('%s leaves others’ answers quick', async (_, ask) => {
    const quiet = await medianMs(9, visit);
    const { stop } = flood(40, ask);
    const busy = await medianMs(9, visit).finally(stop);
    expect(busy).toBeLessThan(Math.max(10 * quiet, quiet + slackMs));
  });
});

describe('the rate limit', () => {
  it('ends a flood of wrong keys before they are looked up, and says when to come back', async () => {
    const ask = () =>
      askFrom('127.0.0.99', api('/v1/files'), { 'X-API-Key': `pk_${randomBytes(32).toString('hex')}` });
    const { statuses, stop } = flood(20, ask);
    try {
      await expect.poll(() => statuses.get(429) ?? 0, { timeout: 60_000, interval: 200 }).toBeGreaterThan(0);
    } finally {
      await stop();
    }
    // An address that did nothing is not held for it.
    expect((await askFrom('127.0.0.98', api('/v1/files'), headers())).status).toBe(200);
  });

  it('is not passed by headers that name other addresses', async () => {
    const spoofed = () => ({
      'X-Forwarded-For': `10.0.${Math.floor(Math.random() * 255)}.1`,
      Forwarded: 'for=10.1.1.1',
    });
    const ask = () => askFrom('127.0.0.99', api('/v1/files'), { ...spoofed(), 'X-API-Key': 'pk_wrong' });
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([429]));
  });
});
