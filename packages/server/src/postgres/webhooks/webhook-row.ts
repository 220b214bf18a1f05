import type { EventType } from '@bkend/storage-contract';
import { sql } from 'kysely';
import type { Delivery, DeliveryState, Webhook } from '../../events/webhooks/webhook.ts';
import type { Tenant } from '../../identity/tenant.ts';

export interface WebhookRow {
  readonly tenant: Tenant;
  readonly id: string;
  readonly url: string;
  readonly types: readonly EventType[] | null;
  readonly description: string | null;
  readonly secret: string;
  readonly previous_secret: string | null;
  readonly previous_secret_until: Date | null;
  readonly is_disabled: boolean;
  readonly after: number;
  readonly last_success_at: Date | null;
  readonly failing_since: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Columns of {@link WebhookRow}; the statement calls the table `webhooks`. */
export const webhookColumns = sql.raw(
  `tenant id url types description secret previous_secret previous_secret_until is_disabled after last_success_at
  failing_since created_at updated_at`
    .split(/\s+/)
    .map((name) => `webhooks.${name}`)
    .join(', '),
);

export function readWebhook(row: WebhookRow): Webhook {
  return {
    ...{ tenant: row.tenant, id: row.id, url: row.url, secret: row.secret, isDisabled: row.is_disabled },
    ...(row.types !== null && { types: row.types }),
    ...(row.description !== null && { description: row.description }),
    ...(row.previous_secret !== null && { previousSecret: row.previous_secret }),
    ...(row.previous_secret_until !== null && { previousSecretUntil: row.previous_secret_until }),
    after: row.after,
    ...(row.last_success_at !== null && { lastSuccessAt: row.last_success_at }),
    ...(row.failing_since !== null && { failingSince: row.failing_since }),
    ...{ createdAt: row.created_at, updatedAt: row.updated_at },
  };
}

export interface DeliveryRow {
  readonly tenant: Tenant;
  readonly webhook_id: string;
  readonly id: string;
  readonly event_id: number | null;
  readonly type: string;
  readonly ordered_by: string | null;
  readonly body: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly first_attempt_at: Date | null;
  readonly due_at: Date;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly last_answer: string | null;
  readonly last_duration_ms: number | null;
  readonly created_at: Date;
}

const deliveryColumnNames =
  `tenant webhook_id id event_id type ordered_by body state attempts first_attempt_at due_at
  last_status last_error last_answer last_duration_ms created_at`.split(/\s+/);

/** Columns of {@link DeliveryRow}; the statement calls the table `deliveries`. */
export const deliveryColumns = sql.raw(deliveryColumnNames.map((name) => `deliveries.${name}`).join(', '));

/** The same with an empty body, for lists. */
export const listedDeliveryColumns = sql.raw(
  deliveryColumnNames.map((name) => (name === 'body' ? `'' as body` : `deliveries.${name}`)).join(', '),
);

export function readDelivery(row: DeliveryRow): Delivery {
  return {
    ...{ tenant: row.tenant, webhookId: row.webhook_id, id: row.id, type: row.type, body: row.body },
    ...(row.event_id !== null && { eventId: row.event_id }),
    ...(row.ordered_by !== null && { orderedBy: row.ordered_by }),
    ...{ state: row.state, attempts: row.attempts, dueAt: row.due_at, createdAt: row.created_at },
    ...(row.first_attempt_at !== null && { firstAttemptAt: row.first_attempt_at }),
    ...(row.last_status !== null && { lastStatus: row.last_status }),
    ...(row.last_error !== null && { lastError: row.last_error }),
    ...(row.last_answer !== null && { lastAnswer: row.last_answer }),
    ...(row.last_duration_ms !== null && { lastDurationMs: row.last_duration_ms }),
  };
}
