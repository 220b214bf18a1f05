import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { settledEvents } from '../../../../test-support/src/postgres/settled-events.ts';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { newTenant } from '../../../../test-support/src/samples/samples.ts';
import { createEventRepository } from './event-repository.ts';
import { keepReached, raiseTransactionOffset } from './raise-transaction-offset.ts';

const { database } = await useTestDatabase();
const events = createEventRepository(database);
const tenant = newTenant();

const record = async () => {
  await events.record([{ tenant, type: 'webhook.disabled' }]);
  await settledEvents(database);
};
const idsAfter = async (after: number) =>
  (await events.read({ tenant, after, limit: 1_000 })).events.map(({ id }) => id);

it('ids go on behind all that are known where the ids of transactions have begun anew', async () => {
  await record();
  await keepReached(database);
  expect(await raiseTransactionOffset(database)).toBe(false);
  const [first = 0] = await idsAfter(0);

  // As a dump of a cluster whose transactions are far ahead.
  const ahead = 8_192 * 10 ** 9;
  await database.rows(sql`update bkend.events set id = id + ${ahead} where tenant = ${tenant}`);
  const raised = await Promise.all([1, 2, 3].map(() => raiseTransactionOffset(database)));
  expect(raised.filter(Boolean)).toHaveLength(1);
  await record();
  const ids = await idsAfter(first + ahead);
  expect(ids).toHaveLength(1);
  expect(await idsAfter(0)).toEqual([first + ahead, ...ids]);

  // Readers hold numbers beyond the last event: webhooks in the database, others as far as the job has kept.
  const kept = (await events.latest()) + ahead;
  await database.rows(sql`update bkend.event_clock set reached = ${kept}`);
  expect(await raiseTransactionOffset(database)).toBe(true);
  await record();
  expect(await idsAfter(kept)).toHaveLength(1);
  expect(await raiseTransactionOffset(database)).toBe(false);
});
