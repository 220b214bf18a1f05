import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { later, newTenant } from '../../../../test-support/src/samples/samples.ts';
import { createMaintenance } from '../maintenance.ts';

const { database } = await useTestDatabase();
const maintenance = createMaintenance(database);
const day = 24 * 60 * 60;

it('events of a week go once all of them are old, those of another week in the same partition stay', async () => {
  const tenant = newTenant();
  // The day of each, and its partition, which six weeks later is the same one.
  const written = [
    { days: 0, slot: 0 },
    { days: 6, slot: 0 },
    { days: 8, slot: 1 },
    { days: 42, slot: 0 },
  ];
  for (const [index, { days, slot }] of written.entries()) {
    const id = index + 1;
    await database.rows(sql`
      with event as (
        insert into bkend.events (id, slot, tenant, type, created_at)
        values (${id}, ${slot}, ${tenant}, 'file.created', ${later(days * day)})
      )
      insert into bkend.event_readers (id, slot, tenant, user_id) values (${id}, ${slot}, ${tenant}, 'bob')`);
  }
  const left = async () => {
    const rows = await database.rows(sql<{ id: number }>`
      select id from bkend.events join bkend.event_readers using (tenant, id, slot) where tenant = ${tenant} order by id`);
    return rows.map(({ id }) => id);
  };
  const drop = (days: number) => maintenance.dropEvents({ before: later(days * day) });
  expect(await drop(-1)).toBe(0);
  expect(await drop(7)).toBe(0);
  expect(await left()).toEqual([1, 2, 3, 4]);
  expect(await drop(15)).toBe(3);
  expect(await left()).toEqual([4]);
});

it('an event that is written while its partition is about to be emptied stays', async () => {
  const tenant = newTenant();
  const write = (id: number, days: number) => sql`
    insert into bkend.events (id, slot, tenant, type, created_at)
    values (${id}, 3, ${tenant}, 'file.created', ${later(days * day)})`;
  await database.rows(write(1, 0));
  let dropping: Promise<number> | undefined;
  await database.transaction(async (transaction) => {
    await write(2, 42).execute(transaction);
    dropping = maintenance.dropEvents({ before: later(15 * day) });
    await untilBlocked();
  });
  await dropping;
  const left = await database.rows(sql<{ id: number }>`
    select id from bkend.events where tenant = ${tenant} order by id`);
  expect(left.map(({ id }) => id)).toContain(2);
});

/** Resolves when a statement waits for a lock. */
async function untilBlocked(): Promise<void> {
  for (;;) {
    const waiting = await database.rows(sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
    if (waiting.length > 0) return;
    await sleep(5);
  }
}
