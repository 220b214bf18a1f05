import type { EventsAnswer, EventView } from '@bkend/storage-contract';
import { expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { type NewFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

/** Reads events until there are as many; other transactions on the server may hold them back. */
async function readEvents(client: Client, count: number, query = ''): Promise<readonly EventView[]> {
  for (;;) {
    const { items } = await client.ask<EventsAnswer>('GET', `/v1/events?limit=1000${query}`);
    if (items.length >= count) return items;
  }
}

const typesOf = (events: readonly EventView[]) => events.map(({ type }) => type);

it('each caller reads the events that are for them, and no others', async () => {
  const [tenant, other] = await Promise.all([createTenant(), createTenant()]);
  const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((name) => tenant.user(name)));
  if (!alice || !bob || !carol) throw new Error('no user');
  const shared: NewFile = {
    visibility: 'shared',
    sharedWith: ['bob', 'carol'],
    metadata: { custom: { a: 1 } },
  };
  const file = await uploadFile(alice, shared);
  await uploadFile(carol);
  await alice.ask('PATCH', `/v1/files/${file.id}`, { originalName: 'mine.txt', sharedWith: ['carol'] });
  await alice.ask('DELETE', `/v1/files/${file.id}?trash=true`);
  await alice.ask('POST', `/v1/files/${file.id}/restore`);
  await tenant.admin.ask('DELETE', `/v1/files/${file.id}`);

  const all = await readEvents(tenant.admin, 7);
  expect(typesOf(all)).toEqual([
    ...['file.created', 'file.created', 'file.updated', 'file.unshared'],
    ...['file.trashed', 'file.restored', 'file.deleted'],
  ]);
  expect(all.every(({ environment }) => environment === tenant.environment)).toBe(true);
  expect(all[2]?.data.changed).toEqual(['originalName', 'sharedWith']);
  expect(all[3]?.data.userIds).toEqual(['bob']);
  expect(all[6]?.data.file).toMatchObject({
    originalName: 'mine.txt',
    ownerId: 'alice',
    sharedWith: ['carol'],
  });
  const ofAlice = await readEvents(alice, 6);
  expect(ofAlice.map(({ id }) => id)).toEqual(
    all.filter(({ data }) => data.file?.id === file.id).map(({ id }) => id),
  );

  const ofBob = await readEvents(bob, 2);
  expect(typesOf(ofBob)).toEqual(['file.created', 'file.unshared']);
  // Bob does not see the later name.
  expect(ofBob[1]?.data.file?.originalName).toBe(file.originalName);
  const ofCarol = await readEvents(carol, 6);
  expect(typesOf(ofCarol)).toEqual([
    ...['file.created', 'file.created', 'file.updated', 'file.trashed', 'file.restored', 'file.deleted'],
  ]);
  for (const { data } of [...ofBob, ...ofCarol.filter((event) => event.data.file?.id === file.id)]) {
    expect(data.file).not.toHaveProperty('ownerId');
    expect(data.file).not.toHaveProperty('sharedWith');
    expect(data.file?.metadata).toEqual({});
    expect(data.changed ?? []).not.toContain('sharedWith');
  }

  expect(await readEvents(other.admin, 0)).toEqual([]);
  expect(await readEvents(await other.user('alice'), 0)).toEqual([]);
  expect(await tenant.guest.refusal('GET', '/v1/events')).toMatchObject({ status: 401 });

  const deleted = await readEvents(tenant.admin, 1, '&types=file.deleted,upload.expired');
  expect(deleted.map(({ id }) => id)).toEqual([all[6]?.id]);
  expect(typesOf(await readEvents(tenant.admin, 1, `&after=${all[5]?.id}`))).toEqual(['file.deleted']);
  for (const query of ['types=file.moved', 'after=-1', 'after=x', 'limit=0', 'limit=1001', 'before=1']) {
    expect(await tenant.admin.refusal('GET', `/v1/events?${query}`)).toMatchObject({ status: 400 });
  }
});
