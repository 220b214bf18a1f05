import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';
import { noise } from '../images/measured-work.ts';

/** CPU time that one request may take, in milliseconds. */
const budgetMs = 5_000;
const floodSize = 64;

let service: RunningService;
let photographs: Record<'alice' | 'bob', string>;
beforeAll(async () => {
  service = await startService();
  const tenant = await createTenant(service);
  const bytes = new Uint8Array(await noise(3000, 2000).jpeg({ quality: 85 }).toBuffer());
  const publish = async (userId: string) => {
    const user = await tenant.user(userId);
    const about = { bytes, originalName: 'a.jpg', mimeType: 'image/jpeg', visibility: 'public' } as const;
    return new URL((await uploadFile(user, about)).url ?? '').pathname;
  };
  photographs = { alice: await publish('alice'), bob: await publish('bob') };
}, 60_000);
afterAll(() => service[Symbol.asyncDispose]());

interface Answered {
  readonly status: number;
  readonly milliseconds: number;
}

/** One GET, from an address of this machine. */
function get(path: string, localAddress: string): Promise<Answered> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(service.imagesUrl);
    const asked = request({ hostname, port, path, localAddress, agent: false }, (answer) => {
      const status = answer.statusCode ?? 0;
      answer.resume().on('end', () => resolve({ status, milliseconds: performance.now() - start }));
      answer.on('error', reject);
    });
    asked.on('error', reject).end();
  });
}

let width = 600;
/** Median latency of new renditions, one after the other. */
async function visit(path: string, { from, count }: { from: string; count: number }): Promise<number> {
  const times: number[] = [];
  for (let asked = 0; asked < count; asked++) {
    const { status, milliseconds } = await get(`/${width--}x400/filters:format(webp)${path}`, from);
    expect(status).toBe(200);
    times.push(milliseconds);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

let flooded = 0;
/** Requests at once that cost alike, of alice's photograph. */
function flood(optionsOf: (number: number) => string): Promise<Answered[]> {
  return Promise.all(
    Array.from({ length: floodSize }, () => get(`/${optionsOf(flooded++)}${photographs.alice}`, '127.0.0.1')),
  );
}

const visitors = [
  ['of another client, for files of another owner', 'bob', '127.0.0.2'],
  ['of another client, for files of the same owner', 'alice', '127.0.0.2'],
  ['of the same client, for files of another owner', 'bob', '127.0.0.1'],
] as const;

describe.each(visitors)('a visitor %s', (_, owner, from) => {
  const path = () => photographs[owner];

  it('waits at most three times as long while 64 expensive renditions are requested', async () => {
    await visit(path(), { from, count: 2 });
    // Other work of the machine can only lengthen a wait: of at most three rounds, the best one counts.
    let least = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3 && least > 3; round++) {
      const quiet = await visit(path(), { from, count: 7 });
      const flooding = flood((number) => `${1400 - number}x1000/filters:format(webp)`);
      const busy = await visit(path(), { from, count: 7 });
      await flooding;
      least = Math.min(least, busy / Math.max(quiet, leastMs));
    }
    expect(least).toBeLessThanOrEqual(3);
  });
});

describe('a visitor behind the address that floods', () => {
  const [owner, from] = ['bob', '127.0.0.1'] as const;
  const path = () => photographs[owner];

  it('waits at most for one budget more while 64 of the most expensive renditions are requested', async () => {
    await visit(path(), { from, count: 2 });
    const quiet = await visit(path(), { from, count: 7 });
    const flooding = flood(
      (number) => `${2900 - number}x1900/filters:${'sharpen(2,5,true):'.repeat(5)}quality(80)`,
    );
    const busy = await visit(path(), { from, count: 7 });
    expect(busy).toBeLessThanOrEqual(quiet + budgetMs);
    const statuses = new Set((await flooding).map(({ status }) => status));
    // Those that were not reached in time get 503, and those that are ended at the budget 400.
    expect([...statuses].filter((status) => ![200, 400, 503].includes(status))).toEqual([]);
    // Work without a waiting client is not begun, and begun work ends: the host is as quick as before.
    const after = await visit(path(), { from, count: 7 });
    expect(after).toBeLessThanOrEqual(3 * Math.max(quiet, leastMs));
  });
});

/** Below it, a figure is one of scheduling and not of waiting. */
const leastMs = 100;
