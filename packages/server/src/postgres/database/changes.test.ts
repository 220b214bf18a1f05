import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { createChanges } from './changes.ts';

const { database } = await useTestDatabase();
const changes = createChanges(database);
const write = sql`update bkend.event_clock set reached = reached + 1`;

it('the state is another one after every commit, also while an older transaction is open', async () => {
  const before = await changes.readState();
  await database.rows(write);
  const after = await changes.readState();
  expect(after).not.toBe(before);
  await database.transaction(async (transaction) => {
    await sql`insert into bkend.migrations (name) values ('open')`.execute(transaction);
    const during = await changes.readState();
    await database.rows(write);
    expect(await changes.readState()).not.toBe(during);
  });
});
