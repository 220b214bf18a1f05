import type { EventsAnswer, EventView, FileView, ListFilesAnswer } from '@bkend/storage-contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { replaceContents } from '../../../test-support/src/api/contents.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

const visibilities = ['public', 'private', 'protected', 'shared'] as const;
const users = ['alice', 'bob', 'carol'] as const;
const folders = ['', 'a', 'a/b', 'c'] as const;

/** A change that a caller asks for; it may be refused, as two callers may want the same file. */
const change = fc.record({
  kind: fc.constantFrom(
    ...(['register', 'register', 'patch', 'share', 'trash', 'restore', 'replace', 'delete', 'copy'] as const),
    ...(['bulkUpdate', 'bulkDelete', 'moveFolder', 'deleteFolder', 'deleteUser', 'emptyTrash'] as const),
  ),
  which: fc.nat(),
  visibility: fc.constantFrom(...visibilities),
  sharedWith: fc.subarray([...users]),
  folder: fc.constantFrom(...folders),
  user: fc.constantFrom(...users),
});
type Change = typeof change extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/** Asks for a change, of any file that anyone has registered so far. */
async function ask(client: Client, admin: Client, { known, asked }: { known: string[]; asked: Change }) {
  const id = known[asked.which % Math.max(1, known.length)];
  const { kind, visibility, sharedWith, folder, user } = asked;
  const name = `${asked.which}.txt`;
  if (kind === 'register' || id === undefined) {
    known.push((await uploadFile(client, { visibility, sharedWith, folder, originalName: name })).id);
    return;
  }
  const path = `/v1/files/${id}`;
  if (kind === 'patch')
    await client.send('PATCH', path, { originalName: name, folder, metadata: { tags: [name] } });
  if (kind === 'share') await client.send('PATCH', path, { visibility, sharedWith });
  if (kind === 'trash') await client.send('DELETE', `${path}?trash=true`);
  if (kind === 'restore') await client.send('POST', `${path}/restore`);
  if (kind === 'delete') await client.send('DELETE', path);
  if (kind === 'copy') {
    const { json } = await client.send<Partial<FileView>>('POST', `${path}/copy`, { folder });
    if (json.id !== undefined) known.push(json.id);
  }
  if (kind === 'replace') {
    const bytes = new TextEncoder().encode(name);
    await replaceContents(client, id, { bytes }).catch(() => undefined);
  }
  const ids = known.filter((_, index) => index % 3 === asked.which % 3);
  if (kind === 'bulkUpdate') await client.send('POST', '/v1/files/bulk-update', { ids, set: { visibility } });
  if (kind === 'bulkDelete')
    await client.send('POST', '/v1/files/bulk-delete', { ids, trash: asked.which % 2 === 0 });
  if (kind === 'moveFolder') await client.send('POST', '/v1/folders/move', { from: 'a', to: 'c' });
  if (kind === 'deleteFolder') await client.send('DELETE', '/v1/folders/c?trash=true');
  if (kind === 'deleteUser') await admin.send('DELETE', `/v1/users/${user}/files`);
  if (kind === 'emptyTrash') await client.send('DELETE', '/v1/trash');
}

/** Reads all events after an id, page by page. */
async function readOn(admin: Client, seen: EventView[], after: number): Promise<number> {
  for (let next = after; ; ) {
    const page = await admin.ask<EventsAnswer>('GET', `/v1/events?after=${next}&limit=50`);
    seen.push(...page.items);
    if (page.items.length < 50) return page.nextAfter;
    next = page.nextAfter;
  }
}

/** The files that exist, those in the trash included. */
async function readFiles(admin: Client): Promise<Map<string, FileView>> {
  const files = new Map<string, FileView>();
  for (const query of ['', '&trash=true']) {
    const { items } = await admin.ask<ListFilesAnswer>('GET', `/v1/files?limit=100${query}`);
    expect(items.length).toBeLessThan(100);
    for (const file of items) files.set(file.id, file);
  }
  return files;
}

/** The files that events lead to; every event must fit those before it. */
function replay(events: readonly EventView[]): Map<string, FileView> {
  const files = new Map<string, FileView>();
  for (const { type, data } of events) {
    if (data.file === undefined) continue;
    const { id } = data.file;
    expect([type, files.has(id)]).toEqual([type, type !== 'file.created']);
    if (type === 'file.deleted') files.delete(id);
    else files.set(id, data.file);
  }
  return files;
}

it('the sum of the events is what exists, whatever many callers do at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(change, { minLength: 4, maxLength: 10 }), { minLength: 4, maxLength: 4 }),
      async (plans) => {
        const tenant = await createTenant();
        const callers = [...(await Promise.all(users.map((user) => tenant.user(user)))), tenant.admin];
        const known: string[] = [];
        const seen: EventView[] = [];
        let after = 0;
        let isOver = false;
        const reading = (async () => {
          while (!isOver) after = await readOn(tenant.admin, seen, after);
        })();
        const work = plans.map(async (plan, index) => {
          for (const asked of plan) await ask(callers[index] ?? tenant.admin, tenant.admin, { known, asked });
        });
        await Promise.all(work);
        isOver = true;
        await reading;
        // Operations go on in the background; events wait for open transactions.
        await eventually('events and files agree', async () => {
          after = await readOn(tenant.admin, seen, after);
          const [summed, files] = [replay(seen), await readFiles(tenant.admin)];
          const isSame = JSON.stringify([...summed].sort()) === JSON.stringify([...files].sort());
          return isSame || undefined;
        }).catch(async () => expect(replay(seen)).toEqual(await readFiles(tenant.admin)));
        const ids = seen.map(({ id }) => id);
        expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
        const again: EventView[] = [];
        await readOn(tenant.admin, again, 0);
        expect(again).toEqual(seen);
        expect(seen.length).toBeGreaterThan(4);
      },
    ),
    { numRuns: 3, endOnFailure: true },
  );
});
