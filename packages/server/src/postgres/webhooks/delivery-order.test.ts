import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { newTenant } from '../../../../test-support/src/samples/samples.ts';
import { createDeliveryQueue } from './delivery-queue.ts';
import { createWebhookRepository } from './webhook-repository.ts';

const { database } = await useTestDatabase();
const queue = createDeliveryQueue(database);
const webhooks = createWebhookRepository(database);

it('a delivery that is added while an earlier one of its file fails waits for that one', async () => {
  const [now, soon] = [new Date(), new Date(Date.now() + 5_000)];
  const tenant = newTenant();
  const made = await webhooks.create(
    { tenant, id: uuidv7(), url: 'https://a.test/', secret: 'whsec_AAAA', createdAt: now },
    1,
  );
  const webhook = made ?? expect.fail('There is no webhook.');
  const holder = uuidv7();
  // An earlier failure is noted already, so that the row of the webhook stays as it is.
  await database.rows(sql`
    update bkend.webhooks set lease_holder = ${holder}, failing_since = ${now} where id = ${webhook.id}`);
  const fileId = uuidv7();
  let after = webhook.after;
  const enqueue = () => {
    const from = { tenant, id: webhook.id, after };
    after += 1;
    const delivery = { id: uuidv7(), eventId: after, type: 'file.updated', body: '{}', fileId };
    return queue.enqueue({ holder, webhook: from, nextAfter: after, deliveries: [delivery], now });
  };
  const dueAt = (at: Date) => queue.findDue({ webhook, now: at, limit: 10, except: [] });
  const isBlocked = async () => {
    const waiting = await database.rows(sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
    return waiting.length > 0;
  };

  await enqueue();
  const [first] = await dueAt(now);
  const earlier = first ?? expect.fail('Nothing is due.');
  let adding: Promise<boolean> | undefined;
  await database.transaction(async (transaction) => {
    await sql`select from bkend.webhooks where id = ${webhook.id} for update`.execute(transaction);
    adding = enqueue();
    while (!(await isBlocked())) await sleep(5);
    const result = { error: 'no answer', durationMs: 1 };
    await queue.record([{ delivery: earlier, state: 'pending', dueAt: soon, at: now, result }], new Date(0));
  });
  expect(await adding).toBe(true);

  expect(await dueAt(now)).toEqual([]);
  const ordered = () => dueAt(soon).then((found) => found.map(({ eventId }) => eventId));
  expect((await ordered())[0]).toBe(earlier.eventId);
  await queue.record(
    [
      {
        ...{ delivery: earlier, state: 'delivered', dueAt: soon, at: soon },
        result: { status: 200, answer: '', durationMs: 1 },
      },
    ],
    new Date(0),
  );
  expect(await ordered()).toEqual([after]);
});
