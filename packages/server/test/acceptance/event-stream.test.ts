import type { EventsAnswer, EventView } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { createClient } from '../../../test-support/src/api/client.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { openStream } from '../../../test-support/src/events/event-stream.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { operate } from '../../../test-support/src/process/operate.ts';
import { startOtherApi } from '../../../test-support/src/service/start-other-api.ts';
import { createKey, createTenant, signToken, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const service = inject('service');
const { apiUrl } = service;
let tenant: Tenant;
let alice: Client;
let bob: Client;
beforeAll(async () => {
  tenant = await createTenant();
  [alice, bob] = await Promise.all([tenant.user('alice'), tenant.user('bob')]);
});

const idsOf = (events: readonly EventView[]) => events.map(({ id }) => id);

/** Events of the environment, as `GET /v1/events` answers them, once there are as many after this one. */
const readAfter = (client: Client, after: number, count: number) =>
  eventually(`${count} events are there`, async () => {
    const { items } = await client.ask<EventsAnswer>('GET', `/v1/events?after=${after}&limit=1000`);
    return items.length >= count ? items : undefined;
  });

describe('an event stream', () => {
  it('has each event as GET /v1/events has it, for admins, owners and those a file is shared with', async () => {
    const { nextAfter } = await tenant.admin.ask<EventsAnswer>('GET', '/v1/events?limit=1000');
    await using ofAdmin = await openStream(apiUrl, tenant.admin);
    await using ofAlice = await openStream(apiUrl, alice);
    await using ofBob = await openStream(apiUrl, bob);
    await using ofCarol = await openStream(apiUrl, await tenant.user('carol'));
    expect(ofAdmin.status).toBe(200);
    expect(ofAdmin.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(ofAdmin.headers.get('cache-control')).toBe('no-store');
    expect(ofAdmin.headers.get('x-request-id')).toBeTruthy();
    const file = await uploadFile(alice, { visibility: 'shared', sharedWith: ['bob'] });
    await alice.ask('PATCH', `/v1/files/${file.id}`, { originalName: 'mine.txt', sharedWith: [] });
    await alice.ask('DELETE', `/v1/files/${file.id}`);
    const all = await readAfter(tenant.admin, nextAfter, 4);
    expect(await ofAdmin.until(4)).toEqual(all);
    expect(await ofAlice.until(4)).toEqual(await readAfter(alice, nextAfter, 4));
    const shown = await readAfter(bob, nextAfter, 2);
    expect(await ofBob.until(2)).toEqual(shown);
    expect(shown.map(({ type }) => type)).toEqual(['file.created', 'file.unshared']);
    expect(ofCarol.events()).toEqual([]);
  });

  it('goes on after `after`, and after `Last-Event-ID` above all', async () => {
    const { nextAfter } = await tenant.admin.ask<EventsAnswer>('GET', '/v1/events?limit=1000');
    for (let number = 0; number < 3; number += 1) await uploadFile(alice);
    const [first, second, third] = await readAfter(tenant.admin, nextAfter, 3);
    if (first === undefined || second === undefined) throw new Error('no events');
    await using fromAfter = await openStream(apiUrl, tenant.admin, { query: `?after=${first.id}` });
    expect(await fromAfter.until(2)).toEqual([second, third]);
    await using resumed = await openStream(apiUrl, tenant.admin, {
      query: `?after=${nextAfter}`,
      lastEventId: second.id,
    });
    expect(await resumed.until(1)).toEqual([third]);
    await uploadFile(alice);
    const all = await readAfter(tenant.admin, nextAfter, 4);
    expect(idsOf(await fromAfter.until(3))).toEqual(idsOf(all.slice(1)));
    expect(idsOf(await resumed.until(2))).toEqual(idsOf(all.slice(2)));
    expect(fromAfter.text()).toContain(`id: ${third?.id}\n`);
  });

  it('has the asked types alone', async () => {
    await using deleted = await openStream(apiUrl, tenant.admin, {
      query: '?types=file.deleted,upload.expired',
    });
    const file = await uploadFile(alice);
    await alice.ask('DELETE', `/v1/files/${file.id}`);
    const [event] = await deleted.until(1);
    expect(event).toMatchObject({ type: 'file.deleted', data: { file: { id: file.id } } });
  });

  it('is refused to guests, to keys without the scope, and for what it does not know', async () => {
    const reader = await createKey([
      ...['--type', 'secret', '--project', tenant.project, '--scopes', 'files:read'],
    ]);
    const statusOf = async (client: Pick<Client, 'headers'>, query = '', lastEventId?: string) =>
      (
        await fetch(`${apiUrl}/v1/events/stream${query}`, {
          headers: { ...client.headers, ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }) },
        })
      ).status;
    expect(await statusOf(tenant.guest)).toBe(401);
    expect(await statusOf({ headers: { 'X-API-Key': reader.key } })).toBe(403);
    for (const query of ['?types=file.moved', '?after=-1', '?after=x', '?limit=10']) {
      expect([query, await statusOf(alice, query)]).toEqual([query, 400]);
    }
    expect(await statusOf(alice, '', 'x')).toBe(400);
    const head = await fetch(`${apiUrl}/v1/events/stream`, { method: 'HEAD', headers: alice.headers });
    expect(head.status).toBe(405);
  });

  it('ends within 5 s of the end of its key or token', async () => {
    const key = await createKey(['--type', 'secret', '--project', tenant.project]);
    // Clocks of issuers may differ by 30 s.
    const token = await signToken({
      ...{ userId: 'alice', environment: tenant.environment, expiresInSeconds: 4 - 30 },
    });
    await using ofKey = await openStream(apiUrl, { headers: { 'X-API-Key': key.key } });
    await using ofToken = await openStream(apiUrl, {
      headers: { 'X-API-Key': tenant.publishable.key, Authorization: `Bearer ${token}` },
    });
    await using other = await openStream(apiUrl, tenant.admin);
    expect([ofKey.status, ofToken.status]).toEqual([200, 200]);
    await operate(['keys', 'revoke', key.id], service.env);
    await Promise.all([ofKey.ended, ofToken.ended]);
    await uploadFile(alice);
    await other.until(1);
  });

  it('is one of at most as many as BKEND_MAX_EVENT_STREAMS of a caller, and ends when its process stops', async () => {
    const api = await startOtherApi({ BKEND_MAX_EVENT_STREAMS: '2' });
    const here = createClient(api.apiUrl, alice.headers);
    const first = await openStream(api.apiUrl, here);
    const second = await openStream(api.apiUrl, here);
    await using ofBob = await openStream(api.apiUrl, bob);
    expect([first.status, second.status, ofBob.status]).toEqual([200, 200, 200]);
    expect(await here.refusal('GET', '/v1/events/stream')).toMatchObject({
      status: 429,
      code: 'common/too-many-requests',
    });
    await first[Symbol.asyncDispose]();
    await using third = await eventually('a closed stream counts no more', async () => {
      const stream = await openStream(api.apiUrl, here);
      return stream.status === 200 ? stream : undefined;
    });
    const stopping = performance.now();
    await api[Symbol.asyncDispose]();
    await Promise.all([second.ended, third.ended, ofBob.ended]);
    expect(performance.now() - stopping).toBeLessThan(20_000);
  });
});
