import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { settledEvents } from '../../../../test-support/src/postgres/settled-events.ts';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { insertFile } from '../../../../test-support/src/samples/register-upload.ts';
import { admin, newTenant, newUpload } from '../../../../test-support/src/samples/samples.ts';
import { viewWholeEvent } from '../../events/view-event.ts';
import { type DeliveriesDeps, startDeliveries } from '../../events/webhooks/deliver-webhooks.ts';
import type { Webhook } from '../../events/webhooks/webhook.ts';
import type { AttemptResult } from '../../events/webhooks/webhook-ports.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { createChanges } from '../database/changes.ts';
import { createEventRepository } from '../events/event-repository.ts';
import { createDeliveryQueue } from './delivery-queue.ts';
import { createWebhookRepository } from './webhook-repository.ts';

const { database, uploads } = await useTestDatabase();
const queue = createDeliveryQueue(database);
const webhooks = createWebhookRepository(database);
const events = createEventRepository(database);
const day = 24 * 3_600_000;

/** A clock of our own: instants pass as quickly as a test wants. */
let skippedMs = 0;
const clock = () => new Date(Date.now() + skippedMs);

interface Received {
  readonly url: string;
  readonly messageId: string;
  readonly eventId: number;
  readonly fileId: string | undefined;
}

/** Receivers in memory: `answer` decides of each attempt. */
function receive(answer: (attempt: Received) => AttemptResult | Promise<AttemptResult>) {
  const received: Received[] = [];
  const accepted: Received[] = [];
  const deps: DeliveriesDeps = {
    ...{
      queue,
      events,
      readState: createChanges(database).readState,
      clock,
      newId: uuidv7,
      random: () => 0.5,
      onError: (error) => Promise.reject(error),
    },
    render: (event) => viewWholeEvent({ imageUrl: (path) => path }, event),
    sender: {
      refusalOf: async () => undefined,
      async send(url, { headers, body }) {
        const { id, data } = JSON.parse(body);
        const messageId = headers['webhook-id'] ?? '';
        const attempt = { url, messageId, eventId: id, fileId: data.file?.id };
        received.push(attempt);
        const result = await answer(attempt);
        if ('status' in result && result.status === 200) accepted.push(attempt);
        return result;
      },
    },
  };
  return { received, accepted, deps };
}

const ok: AttemptResult = { status: 200, answer: 'ok', durationMs: 1 };
const down: AttemptResult = { error: 'no answer', durationMs: 1 };

async function newWebhook(
  tenant: Tenant,
  url = 'https://receiver.test/',
  maxWebhooks = 50,
): Promise<Webhook> {
  const made = await webhooks.create(
    { tenant, id: uuidv7(), url, secret: 'whsec_AAAA', createdAt: clock() },
    maxWebhooks,
  );
  return made ?? expect.fail('There are too many webhooks.');
}

const newFile = (tenant: Tenant) =>
  insertFile(uploads, admin(tenant), { upload: newUpload(tenant), fields: {} });

/** Events of files that change in turn. */
async function change(
  tenant: Tenant,
  files: readonly { readonly id: string }[],
  rounds: number,
): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    for (const { id } of files) await events.record([{ tenant, type: 'file.updated', fileId: id }]);
  }
  await settledEvents(database);
}

/** @param stepMs how far the clock goes between two looks */
async function until(what: string, holds: () => boolean | Promise<boolean>, stepMs = 0): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await holds()) return;
    skippedMs += stepMs;
    await sleep(25);
  }
  expect.fail(`${what}: this did not come to be.`);
}

const deliveriesOf = (webhook: Webhook) => webhooks.listDeliveries(webhook, { limit: 1_000 });
const areAll = async (webhook: Webhook, state: string, count: number) => {
  const found = await deliveriesOf(webhook);
  return found.length === count && found.every((each) => each.state === state);
};

describe('deliveries of webhooks', () => {
  it('come at least once, those of a file in order, though attempts fail and processes die at random', async () => {
    const tenant = newTenant();
    const webhook = await newWebhook(tenant);
    const files = [
      await newFile(tenant),
      await newFile(tenant),
      await newFile(tenant),
      await newFile(tenant),
    ];
    await change(tenant, files, 12);
    let seed = 7;
    const chance = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const { accepted, deps } = receive(async () => {
      await sleep(chance() * 4);
      return chance() < 0.2 ? down : ok;
    });
    /** A process whose statements fail from some moment on: killed, as far as the database can see. */
    const dying = () => {
      let isDead = false;
      const alive = <T>(work: () => Promise<T>) => (isDead ? new Promise<never>(() => undefined) : work());
      const process = startDeliveries({
        ...deps,
        queue: {
          ...queue,
          lease: (request) => alive(() => queue.lease(request)),
          enqueue: (request) => alive(() => queue.enqueue(request)),
          findDue: (request) => alive(() => queue.findDue(request)),
          record: (...given) => alive(() => queue.record(...given)),
          release: (...given) => alive(() => queue.release(...given)),
        },
      });
      return {
        process,
        kill: () => {
          isDead = true;
        },
      };
    };
    for (let deaths = 0; deaths < 3; deaths += 1) {
      const { kill } = dying();
      await sleep(120);
      kill();
      // Its lease runs out.
      skippedMs += 61_000;
    }
    await using _one = startDeliveries(deps);
    await using _other = startDeliveries(deps);
    await until('all are delivered', () => areAll(webhook, 'delivered', 4 * 13), 1_500);
    for (const { id } of files) {
      const order = accepted.filter(({ fileId }) => fileId === id).map(({ eventId }) => eventId);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      expect(new Set(order).size).toBe(13);
    }
    // Every attempt of a delivery has its one id.
    const pairs = new Set(accepted.map(({ eventId, messageId }) => `${eventId} ${messageId}`));
    expect(pairs.size).toBe(4 * 13);
  });

  it('are held up by nothing but their own file and receiver, at most 8 of a webhook at once', async () => {
    const tenant = newTenant();
    const [slow, quick] = [await newWebhook(tenant, 'https://slow.test/'), await newWebhook(tenant)];
    const files = await Promise.all(Array.from({ length: 12 }, () => newFile(tenant)));
    await change(tenant, files, 2);
    let [running, most] = [0, 0];
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { deps } = receive(async ({ url }) => {
      if (!url.includes('slow')) return ok;
      running += 1;
      most = Math.max(most, running);
      await opened;
      running -= 1;
      return ok;
    });
    await using _ = startDeliveries(deps);
    await until('the quick one has all', () => areAll(quick, 'delivered', 36));
    await until('eight of the slow one are under way', async () => running === 8);
    open();
    await until('the slow one has all', () => areAll(slow, 'delivered', 36));
    expect(most).toBe(8);
  });

  it('end as failed after 3 days, and the next of the file goes; the answer is kept', async () => {
    const tenant = newTenant();
    const webhook = await newWebhook(tenant);
    const file = await newFile(tenant);
    await change(tenant, [file], 1);
    let first: number | undefined;
    const { received, deps } = receive(({ eventId }) => {
      first ??= eventId;
      return eventId === first ? { status: 500, answer: 'oh', durationMs: 3 } : ok;
    });
    await using _ = startDeliveries(deps);
    await until('the second is delivered', async () => {
      skippedMs += day / 4;
      await sleep(350);
      return (await deliveriesOf(webhook)).some(({ state }) => state === 'delivered');
    });
    const [second, failed] = await deliveriesOf(webhook);
    expect(failed).toMatchObject({ state: 'failed', lastStatus: 500, lastAnswer: 'oh', lastDurationMs: 3 });
    expect(second?.state).toBe('delivered');
    // In order: all attempts of the first come before the second.
    expect(received.findIndex(({ eventId }) => eventId !== first)).toBe(received.length - 1);
    expect(received.length).toBe((failed?.attempts ?? 0) + 1);
  });

  it('stop after 5 days without one success, which is an event, and go on when the webhook is enabled', async () => {
    const tenant = newTenant();
    const webhook = await newWebhook(tenant);
    let isUp = false;
    const { deps } = receive(() => (isUp ? ok : down));
    await using _ = startDeliveries(deps);
    await newFile(tenant);
    await until('it has failed', async () => (await webhooks.find(webhook))?.failingSince !== undefined);
    skippedMs += 5 * day;
    await newFile(tenant);
    await until('it is disabled', async () => (await webhooks.find(webhook))?.isDisabled === true);
    await newFile(tenant);
    await settledEvents(database);
    const page = await events.read({ tenant, after: webhook.after, limit: 100, types: ['webhook.disabled'] });
    expect(page.events.map(({ details }) => details)).toEqual([
      { webhook: { id: webhook.id, url: webhook.url } },
    ]);
    isUp = true;
    await webhooks.change(webhook, { isDisabled: false }, clock());
    await until('what was left is delivered', async () => {
      const found = await deliveriesOf(webhook);
      return found.filter(({ state }) => state === 'delivered').length >= 3;
    });
  });

  it('are made again on demand with the same id, in order where they wait', async () => {
    const tenant = newTenant();
    const webhook = await newWebhook(tenant);
    const file = await newFile(tenant);
    await change(tenant, [file], 2);
    let isUp = false;
    const { received, accepted, deps } = receive(() => (isUp ? ok : down));
    await using _ = startDeliveries(deps);
    await until('the first has failed', () => received.length > 0);
    await until('it waits', async () => (await deliveriesOf(webhook)).some(({ attempts }) => attempts === 1));
    isUp = true;
    const latest = (await deliveriesOf(webhook))[0] ?? expect.fail('There is no delivery.');
    await webhooks.redeliver(webhook, latest.id, clock());
    await until('all are delivered', () => areAll(webhook, 'delivered', 3));
    const ids = accepted.map(({ eventId }) => eventId);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    await webhooks.redeliver(webhook, latest.id, clock());
    await until('it came again', () => accepted.length === 4);
    expect(accepted[3]?.messageId).toBe(latest.id);
    expect(await webhooks.redeliver(webhook, uuidv7(), clock())).toBeUndefined();
  });

  it('are removed by age, and with their webhook', async () => {
    const tenant = newTenant();
    const webhook = await newWebhook(tenant);
    const test = { tenant, webhookId: webhook.id, type: 'webhook.test', body: '{}' };
    await webhooks.addTest({ ...test, id: uuidv7(), createdAt: new Date(0) });
    await webhooks.addTest({ ...test, id: uuidv7(), createdAt: clock() });
    expect(await queue.removeOld({ createdBefore: new Date(day), limit: 10 })).toBe(1);
    expect(await webhooks.remove(webhook)).toBe(true);
    const [left] = await database.rows(sql<{ count: number }>`
      select count(*) from bkend.webhook_deliveries where tenant = ${tenant}`);
    expect(left?.count).toBe(0);
  });

  it('are of an exact number of webhooks at most, under concurrency', async () => {
    const tenant = newTenant();
    const made = await Promise.allSettled(
      Array.from({ length: 9 }, () => newWebhook(tenant, 'https://a.test/', 4)),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
  });
});
