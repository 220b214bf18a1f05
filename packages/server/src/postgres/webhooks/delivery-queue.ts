import { type RawBuilder, sql } from 'kysely';
import type { AttemptRecord, DeliveryQueue, NewDelivery } from '../../events/webhooks/webhook-ports.ts';
import { givenRows } from '../database/columns.ts';
import type { Database } from '../database/database.ts';
import { horizon } from '../events/event-ids.ts';
import { recordingEvents } from '../events/recording-events.ts';
import {
  type DeliveryRow,
  deliveryColumns,
  readDelivery,
  readWebhook,
  type WebhookRow,
  webhookColumns,
} from './webhook-row.ts';

/** Deliveries in PostgreSQL; each call is one statement. */
export function createDeliveryQueue(database: Database): DeliveryQueue {
  return {
    async lease({ holder, held, now, until, limit }) {
      const ids = held.map(({ id }) => id);
      const rows = await database.prepared(sql<WebhookRow>`
        with horizon as materialized (select ${horizon} as id),
        wanted as (
          select tenant, id from bkend.webhooks
          where not is_disabled and (lease_until is null or lease_until <= ${now} or lease_holder = ${holder})
            and (
              (lease_holder = ${holder} and id = any (${ids}::uuid[]))
              or exists (
                select from bkend.webhook_deliveries as deliveries
                where deliveries.tenant = webhooks.tenant and deliveries.webhook_id = webhooks.id
                  and state = 'pending' and due_at <= ${now}
              )
              or exists (
                select from bkend.events
                where events.tenant = webhooks.tenant and events.id > webhooks.after
                  and events.id < (select id from horizon)
              )
            )
          order by (lease_holder is not distinct from ${holder}) desc, lease_until nulls first
          limit ${limit} for update skip locked
        )
        update bkend.webhooks set lease_holder = ${holder}, lease_until = ${until}
        from wanted where webhooks.tenant = wanted.tenant and webhooks.id = wanted.id
        returning ${webhookColumns}`);
      return rows.map(readWebhook);
    },

    async release(holder, { tenant, id }) {
      await database.prepared(sql`
        update bkend.webhooks set lease_holder = null, lease_until = null
        where tenant = ${tenant} and id = ${id} and lease_holder = ${holder}`);
    },

    async enqueue({ holder, webhook, nextAfter, deliveries, now }) {
      const rows = await database.prepared(sql`
        with moved as (
          update bkend.webhooks set after = ${nextAfter}
          where tenant = ${webhook.tenant} and id = ${webhook.id} and after = ${webhook.after}
            and lease_holder = ${holder}
          returning tenant, id
        ),
        added as (
          insert into bkend.webhook_deliveries (
            tenant, webhook_id, id, event_id, type, ordered_by, body, due_at, created_at
          )
          select moved.tenant, moved.id, given.id, given.event_id, given.type, given.file_id, given.body,
            greatest(${now}::timestamptz, (
              select max(due_at) from bkend.webhook_deliveries as earlier
              where earlier.tenant = moved.tenant and earlier.webhook_id = moved.id and earlier.state = 'pending'
                and earlier.ordered_by = given.file_id
            )), ${now}
          from moved, ${givenDeliveries(deliveries)}
        )
        select from moved`);
      return rows.length > 0;
    },

    async findDue({ webhook, now, limit, except }) {
      const rows = await database.prepared(sql<DeliveryRow>`
        with deliveries as materialized (
          select * from bkend.webhook_deliveries
          where tenant = ${webhook.tenant} and webhook_id = ${webhook.id} and state = 'pending' and due_at <= ${now}
            and coalesce(ordered_by, id) <> all (${except}::uuid[])
          order by due_at, event_id limit ${limit}
        )
        select ${deliveryColumns} from deliveries
        -- One that was added while the failure of an earlier one was being recorded is due before it.
        where ordered_by is null or due_at >= (
          select earlier.due_at from bkend.webhook_deliveries as earlier
          where earlier.tenant = deliveries.tenant and earlier.webhook_id = deliveries.webhook_id
            and earlier.ordered_by = deliveries.ordered_by and earlier.state = 'pending'
          order by earlier.event_id limit 1
        )
        order by due_at, event_id`);
      return rows.map(readDelivery);
    },

    async record(attempts, failingBefore) {
      await database.prepared(recordStatement(attempts, failingBefore));
    },

    async removeOld({ createdBefore, limit }) {
      const rows = await database.rows(sql`
        delete from bkend.webhook_deliveries where (tenant, webhook_id, id) in (
          select tenant, webhook_id, id from bkend.webhook_deliveries where created_at < ${createdBefore}
          order by created_at limit ${limit} for update skip locked
        ) returning id`);
      return rows.length;
    },
  };
}

function givenDeliveries(deliveries: readonly NewDelivery[]): RawBuilder<unknown> {
  const rows = deliveries.map(({ id, eventId, type, fileId, body }) => ({
    ...{ id, event_id: eventId, type, file_id: fileId, body },
  }));
  const columns = { id: 'uuid', event_id: 'bigint', type: 'text', file_id: 'uuid', body: 'text' } as const;
  return givenRows('given', columns, rows);
}

function recordStatement(attempts: readonly AttemptRecord[], failingBefore: Date): RawBuilder<unknown> {
  const rows = attempts.map(({ delivery, state, dueAt, at, result }) => ({
    ...{
      tenant: delivery.tenant,
      webhook_id: delivery.webhookId,
      id: delivery.id,
      event_id: delivery.eventId,
    },
    ...{ ordered_by: delivery.orderedBy, state, due_at: dueAt, at, duration_ms: result.durationMs },
    status: 'status' in result ? result.status : undefined,
    answer: 'status' in result ? result.answer : undefined,
    error: 'error' in result ? result.error : undefined,
  }));
  const columns = {
    ...{
      tenant: 'text',
      webhook_id: 'uuid',
      id: 'uuid',
      event_id: 'bigint',
      ordered_by: 'uuid',
      state: 'text',
    },
    ...{
      due_at: 'timestamptz',
      at: 'timestamptz',
      duration_ms: 'integer',
      status: 'integer',
      answer: 'text',
    },
    error: 'text',
  } as const;
  const given = sql`select * from ${givenRows('given', columns, rows)}`;
  const isGiven = sql`
    deliveries.tenant = given.tenant and deliveries.webhook_id = given.webhook_id and deliveries.state = 'pending'`;
  return sql`
    with given as materialized (${given}),
    attempted as (
      update bkend.webhook_deliveries as deliveries set
        state = given.state, due_at = given.due_at, attempts = attempts + 1,
        first_attempt_at = coalesce(first_attempt_at, given.at), last_status = given.status,
        last_error = given.error, last_answer = given.answer, last_duration_ms = given.duration_ms
      from given where ${isGiven} and deliveries.id = given.id
    ),
    put_off as (
      update bkend.webhook_deliveries as deliveries set due_at = given.due_at
      from given
      where ${isGiven} and given.state = 'pending' and deliveries.ordered_by = given.ordered_by
        and deliveries.event_id > given.event_id and deliveries.due_at < given.due_at
    ),
    results as (
      select tenant, webhook_id, bool_or(state = 'delivered') as has_success, min(at) as first_at, max(at) as last_at
      from given group by tenant, webhook_id
    ),
    reported as (
      update bkend.webhooks set
        last_success_at = case when has_success then last_at else last_success_at end,
        failing_since = case when not has_success then coalesce(failing_since, first_at) end,
        is_disabled = not has_success and coalesce(failing_since <= ${failingBefore}, false)
      from results
      where webhooks.tenant = results.tenant and webhooks.id = results.webhook_id and not is_disabled
        and case when has_success
          then failing_since is not null or last_success_at is null or last_success_at < last_at - interval '30 s'
          else failing_since is null or failing_since <= ${failingBefore} end
      returning ${webhookColumns}
    ),
    ${recordingEvents(
      sql`
        select tenant, 'webhook.disabled' as type, null::text as owner_id, null::text as owner_type,
          null::text[] as readers, null::uuid as file_id, null::json as file,
          json_build_object('details', json_build_object('webhook', json_build_object('id', id, 'url', url))) as data
        from reported where is_disabled`,
    )}
    select`;
}
