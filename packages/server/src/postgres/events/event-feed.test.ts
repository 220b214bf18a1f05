import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settledEvents } from '../../../../test-support/src/postgres/settled-events.ts';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { registerUpload } from '../../../../test-support/src/samples/register-upload.ts';
import {
  admin,
  later,
  newTenant,
  newUpload,
  registrationOf,
  user,
} from '../../../../test-support/src/samples/samples.ts';
import type { Event } from '../../events/event.ts';
import { EventFeed, type FollowedEvents } from '../../events/event-feed.ts';
import type { EventQuery } from '../../events/ports.ts';
import { newSignal } from '../../events/webhooks/new-signal.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { createEventRepository } from './event-repository.ts';

const { database, uploads, files } = await useTestDatabase();
const repository = createEventRepository(database);

/**
 * A feed, and the reads of the database that it has made.
 * @param before a read waits for the promise that this returns
 */
function openFeed(before: (query: EventQuery) => Promise<void> | undefined = () => undefined) {
  const reads: EventQuery[] = [];
  const events = {
    latest: () => repository.latest(),
    read: async (query: EventQuery) => {
      reads.push(query);
      await before(query);
      return repository.read(query);
    },
  };
  const feed = new EventFeed({
    events,
    onError: (error) => {
      throw error;
    },
  });
  return { feed, reads };
}

async function register(tenant: Tenant, owner: string, sharedWith: readonly string[] = []) {
  const upload = newUpload(tenant, { ownerId: owner });
  await uploads.insert(upload);
  const file = await registerUpload(
    uploads,
    user(tenant, owner),
    registrationOf(upload, { sharedWith, visibility: sharedWith.length > 0 ? 'shared' : 'private' }),
  );
  if (file === undefined) throw new Error('not registered');
  return file.id;
}

const readAll = async (query: Omit<FollowedEvents, 'after'> & { readonly after?: number }) =>
  (await repository.read({ after: 0, ...query, limit: 1_000 })).events;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await wait(5);
}

const expired = (tenant: Tenant) => ({ tenant, type: 'upload.expired' }) as const;

const users = ['alice', 'bob', 'carol'];
const action = fc.record({
  kind: fc.constantFrom('register', 'share', 'trash', 'restore', 'remove'),
  who: fc.constantFrom(...users),
  sharedWith: fc.subarray(users),
  which: fc.nat(),
});

describe('a feed of events', () => {
  it('hands each follower what a read with the same query answers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 12 }), async (actions) => {
        const tenant = newTenant();
        const { feed } = openFeed();
        await using _ = feed;
        const queries = [
          { tenant },
          { tenant, types: ['file.deleted', 'file.shared'] as const },
          ...users.map((userId) => ({ tenant, userId })),
        ];
        const followed = queries.map((query) => ({ query, seen: [] as Event[] }));
        for (const { query, seen } of followed) {
          await feed.follow({ ...query, after: 0 }, { take: (event) => seen.push(event) > 0 });
        }
        const ids: string[] = [];
        for (const { kind, who, sharedWith, which } of actions) {
          const id = ids[which % Math.max(1, ids.length)];
          if (kind === 'register' || id === undefined) ids.push(await register(tenant, who, sharedWith));
          else if (kind === 'share') {
            const change = { visibility: 'shared', sharedWith } as const;
            await files.change({ tenant, id, at: later(100) }, () => change);
          } else if (kind === 'trash') await files.trash(admin(tenant), [id], later(200));
          else if (kind === 'restore') await files.restore(admin(tenant), [id]);
          else await files.remove(admin(tenant), [id]);
        }
        await settledEvents(database);
        for (const { query, seen } of followed) {
          const expected = await readAll(query);
          await until(() => seen.length >= expected.length);
          expect(seen).toEqual(expected);
        }
      }),
      { numRuns: 8 },
    );
  });

  it('reads once for all that are up to date, and not at all without any', async () => {
    const [tenant, other] = [newTenant(), newTenant()];
    const { feed, reads } = openFeed();
    await using _ = feed;
    const seen = new Map<number, number>();
    const followers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        feed.follow(
          { tenant, after: undefined },
          { take: () => seen.set(index, (seen.get(index) ?? 0) + 1).size > 0 },
        ),
      ),
    );
    await register(other, 'alice');
    await register(tenant, 'alice');
    await until(() => seen.size === 200);
    expect([...new Set(seen.values())]).toEqual([1]);
    // Transactions elsewhere move the ids on, too, and each move is at most one read of the tenant.
    expect(reads.length).toBeLessThan(20);
    for (const follower of followers) follower[Symbol.dispose]();
    await wait(500);
    const before = reads.length;
    await register(tenant, 'alice');
    await settledEvents(database);
    await wait(500);
    expect(reads.length).toBe(before);
  });

  it('keeps nothing for a follower that takes no more, and leaves nothing out when it goes on', async () => {
    const tenant = newTenant();
    const { feed } = openFeed();
    await using _ = feed;
    const [slow, fast]: Event[][] = [[], []];
    const follower = await feed.follow(
      { tenant, after: undefined },
      { take: (event) => (slow?.push(event) ?? 0) % 2 === 1 },
    );
    await feed.follow({ tenant, after: undefined }, { take: (event) => (fast?.push(event) ?? 0) > 0 });
    for (let number = 0; number < 7; number += 1) await register(tenant, 'alice');
    await until(() => fast?.length === 7);
    expect(slow?.length).toBe(2);
    for (const count of [4, 6, 7]) {
      follower.resume();
      await until(() => slow?.length === count);
    }
    expect(slow).toEqual(fast);
  });

  it('reads tenants side by side: one whose reads take long holds up no other', async () => {
    const [slow, other] = [newTenant(), newTenant()];
    const held = newSignal();
    const { feed } = openFeed(({ tenant }) => (tenant === slow ? held.promise : undefined));
    await using _ = feed;
    const seen: Event[] = [];
    for (const tenant of [slow, other]) {
      await feed.follow({ tenant, after: undefined }, { take: (event) => seen.push(event) > 0 });
    }
    await repository.record([slow, other].map(expired));
    await until(() => seen.some(({ tenant }) => tenant === other));
    expect(seen.map(({ tenant }) => tenant)).toEqual([other]);
    held.resolve();
    await until(() => seen.length === 2);
  });

  it('reads a page of each tenant in turn: one with many events holds up no other', async () => {
    const [busy, other] = [newTenant(), newTenant()];
    const { feed, reads } = openFeed();
    await using _ = feed;
    const seen = new Map<Tenant, number>();
    for (const tenant of [busy, other]) {
      await feed.follow(
        { tenant, after: undefined },
        { take: () => seen.set(tenant, (seen.get(tenant) ?? 0) + 1).size > 0 },
      );
    }
    await repository.record([...Array.from({ length: 2_000 }, () => busy), other].map(expired));
    await until(() => seen.get(busy) === 2_000 && seen.get(other) === 1);
    const readTenants = reads.map(({ tenant }) => tenant);
    const firstOfBusy = readTenants.indexOf(busy);
    expect(readTenants.lastIndexOf(busy) - firstOfBusy).toBeGreaterThanOrEqual(20);
    expect(readTenants.indexOf(other, firstOfBusy) - firstOfBusy).toBeLessThan(3);
  });
});
