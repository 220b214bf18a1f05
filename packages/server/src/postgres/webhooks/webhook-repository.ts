import { sql } from 'kysely';
import type { WebhookRepository } from '../../events/webhooks/webhook-ports.ts';
import type { Database } from '../database/database.ts';
import { horizon } from '../events/event-ids.ts';
import {
  type DeliveryRow,
  deliveryColumns,
  listedDeliveryColumns,
  readDelivery,
  readWebhook,
  type WebhookRow,
  webhookColumns,
} from './webhook-row.ts';

/** Webhooks in PostgreSQL, as admins see them. */
export function createWebhookRepository(database: Database): WebhookRepository {
  return {
    async create({ tenant, id, url, types, description, secret, createdAt }, maxWebhooks) {
      const rows = await database.transaction(async (transaction) => {
        // One at a time of an environment, so that the number is exact.
        await sql`select pg_advisory_xact_lock(hashtextextended(${`webhooks of ${tenant}`}, 0))`.execute(
          transaction,
        );
        const insert = sql<WebhookRow>`
          insert into bkend.webhooks (tenant, id, url, types, description, secret, after, created_at, updated_at)
          select ${tenant}, ${id}, ${url}, ${types ?? null}::text[], ${description ?? null}, ${secret},
            ${horizon} - 1, ${createdAt}::timestamptz, ${createdAt}::timestamptz
          where (select count(*) from bkend.webhooks where tenant = ${tenant}) < ${maxWebhooks}
          returning ${webhookColumns}`;
        return (await insert.execute(transaction)).rows;
      });
      return rows[0] && readWebhook(rows[0]);
    },

    async find({ tenant, id }) {
      const [row] = await database.rows(sql<WebhookRow>`
        select ${webhookColumns} from bkend.webhooks where tenant = ${tenant} and id = ${id}`);
      return row && readWebhook(row);
    },

    async list(tenant, { before, limit }) {
      const rows = await database.rows(sql<WebhookRow>`
        select ${webhookColumns} from bkend.webhooks
        where tenant = ${tenant} and (${before ?? null}::uuid is null or id < ${before ?? null}::uuid)
        order by id desc limit ${limit}`);
      return rows.map(readWebhook);
    },

    async change({ tenant, id }, { url, types, description, isDisabled, rotation }, at) {
      const set = [
        ...(url === undefined ? [] : [sql`url = ${url}`]),
        ...(types === undefined ? [] : [sql`types = ${types}::text[]`]),
        ...(description === undefined ? [] : [sql`description = ${description || null}`]),
        ...(isDisabled === undefined ? [] : [sql`is_disabled = ${isDisabled}`]),
        ...(isDisabled === false ? [sql`failing_since = null`] : []),
        ...(rotation
          ? [
              sql`secret = ${rotation.secret}, previous_secret = secret`,
              sql`previous_secret_until = ${rotation.previousUntil}`,
            ]
          : []),
      ];
      const [row] = await database.rows(sql<WebhookRow>`
        with former as (select is_disabled from bkend.webhooks where tenant = ${tenant} and id = ${id}),
        resumed as (
          update bkend.webhook_deliveries set due_at = ${at}, first_attempt_at = null
          where tenant = ${tenant} and webhook_id = ${id} and state = 'pending'
            and ${isDisabled === false} and (select is_disabled from former)
        )
        update bkend.webhooks set ${sql.join([...set, sql`updated_at = ${at}`])}
        where tenant = ${tenant} and id = ${id} returning ${webhookColumns}`);
      return row && readWebhook(row);
    },

    async remove({ tenant, id }) {
      const rows = await database.rows(sql`
        delete from bkend.webhooks where tenant = ${tenant} and id = ${id} returning id`);
      return rows.length > 0;
    },

    async listDeliveries({ tenant, id }, { before, limit, state }) {
      const andInState = state === undefined ? sql`` : sql`and state = ${state}`;
      const andBefore = before === undefined ? sql`` : sql`and id < ${before}`;
      const rows = await database.rows(sql<DeliveryRow>`
        select ${listedDeliveryColumns} from bkend.webhook_deliveries as deliveries
        where tenant = ${tenant} and webhook_id = ${id} ${andInState} ${andBefore}
        order by id desc limit ${limit}`);
      return rows.map(readDelivery);
    },

    async addTest({ tenant, webhookId, id, type, body, createdAt }) {
      await database.rows(sql`
        insert into bkend.webhook_deliveries (tenant, webhook_id, id, type, body, due_at, created_at)
        select tenant, id, ${id}, ${type}, ${body}, ${createdAt}, ${createdAt} from bkend.webhooks
        where tenant = ${tenant} and id = ${webhookId}`);
    },

    async redeliver({ tenant, id }, deliveryId, at) {
      const [row] = await database.rows(sql<DeliveryRow>`
        with asked as (
          select id, state, ordered_by from bkend.webhook_deliveries
          where tenant = ${tenant} and webhook_id = ${id} and id = ${deliveryId}
        ),
        hastened as (
          update bkend.webhook_deliveries as deliveries set due_at = ${at}
          from asked
          where deliveries.tenant = ${tenant} and deliveries.webhook_id = ${id} and deliveries.id <> asked.id
            and deliveries.state = 'pending' and asked.state = 'pending' and deliveries.ordered_by = asked.ordered_by
            and deliveries.due_at > ${at}
        )
        update bkend.webhook_deliveries as deliveries set
          due_at = ${at}, state = 'pending', first_attempt_at = null,
          attempts = case when asked.state = 'pending' then deliveries.attempts else 0 end,
          ordered_by = case when asked.state = 'pending' then deliveries.ordered_by end
        from asked
        where deliveries.tenant = ${tenant} and deliveries.webhook_id = ${id} and deliveries.id = asked.id
        returning ${deliveryColumns}`);
      return row && readDelivery(row);
    },
  };
}
