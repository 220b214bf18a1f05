import {
  type DeliveryView,
  type ListDeliveriesAnswer,
  type ListDeliveriesQuery,
  StorageError,
} from '@bkend/storage-contract';
import { isFileId } from '../../files/file.ts';
import type { Caller } from '../../identity/caller.ts';
import {
  pageAfter,
  requireReader,
  requireWebhook,
  requireWriter,
  toPage,
  type WebhooksDeps,
} from './manage-webhooks.ts';
import { type Delivery, testEventType } from './webhook.ts';

/**
 * One page of the deliveries of a webhook, the latest first.
 * @throws `common/authentication-required`, `file/access-denied` for users who are not admins, `auth/scope-insufficient`;
 * `webhook/not-found`; `common/invalid-parameters` for the cursor
 */
export async function listDeliveries(
  deps: WebhooksDeps,
  caller: Caller,
  { id, query }: { readonly id: string; readonly query: ListDeliveriesQuery },
): Promise<ListDeliveriesAnswer> {
  requireReader(caller);
  const page = pageAfter(query);
  const webhook = await requireWebhook(deps, caller, id);
  const found = await deps.webhooks.listDeliveries(webhook, {
    ...page,
    ...(query.state && { state: query.state }),
  });
  return toPage(found, query.limit, viewDelivery);
}

/** Delivers an event `webhook.test`. @throws as {@link listDeliveries} */
export async function testWebhook(deps: WebhooksDeps, caller: Caller, id: string): Promise<DeliveryView> {
  requireWriter(caller);
  const webhook = await requireWebhook(deps, caller, id);
  const createdAt = deps.clock();
  const { tenant } = webhook;
  const event = {
    ...{ id: 0, type: testEventType, createdAt: createdAt.toISOString(), environment: tenant },
    data: { webhook: { id: webhook.id } },
  };
  const test = {
    ...{ tenant, webhookId: webhook.id, id: deps.newId(), type: testEventType, createdAt },
    body: JSON.stringify(event),
  };
  await deps.webhooks.addTest(test);
  return viewDelivery({ ...test, state: 'pending', attempts: 0, dueAt: createdAt });
}

/**
 * Delivers again, with the same `webhook-id`, at once.
 * @throws as {@link listDeliveries}; `webhook/delivery-not-found`
 */
export async function redeliver(
  deps: WebhooksDeps,
  caller: Caller,
  { id, deliveryId }: { readonly id: string; readonly deliveryId: string },
): Promise<DeliveryView> {
  requireWriter(caller);
  const webhook = await requireWebhook(deps, caller, id);
  const delivery = isFileId(deliveryId)
    ? await deps.webhooks.redeliver(webhook, deliveryId.toLowerCase(), deps.clock())
    : undefined;
  if (delivery === undefined) {
    throw new StorageError('webhook/delivery-not-found', 'There is no such delivery.');
  }
  return viewDelivery(delivery);
}

function viewDelivery(delivery: Delivery): DeliveryView {
  return {
    id: delivery.id,
    ...(delivery.eventId !== undefined && { eventId: delivery.eventId }),
    type: delivery.type,
    state: delivery.state,
    attempts: delivery.attempts,
    ...(delivery.lastStatus !== undefined && { lastStatus: delivery.lastStatus }),
    ...(delivery.lastError !== undefined && { lastError: delivery.lastError }),
    ...(delivery.lastAnswer !== undefined && { lastAnswer: delivery.lastAnswer }),
    ...(delivery.lastDurationMs !== undefined && { lastDurationMs: delivery.lastDurationMs }),
    ...(delivery.state === 'pending' && { nextAttemptAt: delivery.dueAt.toISOString() }),
    createdAt: delivery.createdAt.toISOString(),
  };
}
