import { type DeliveryView, type EventType, eventTypes, type WebhookView } from '@bkend/storage-contract';
import { v7 as uuidv7 } from 'uuid';
import { listDeliveries, redeliver, testWebhook } from '../events/webhooks/manage-deliveries.ts';
import {
  createWebhook,
  deleteWebhook,
  listWebhooks,
  rotateWebhookSecret,
  type WebhooksDeps,
} from '../events/webhooks/manage-webhooks.ts';
import type { Admin } from '../identity/caller.ts';
import { createWebhookSender } from '../outbound/send-webhook.ts';
import { createEnvironmentRepository } from '../postgres/projects/environment-repository.ts';
import { createWebhookRepository } from '../postgres/webhooks/webhook-repository.ts';
import { beingDeleted } from '../projects/name-reuse.ts';
import { withDatabase } from '../roles/with-database.ts';
import type { CommandContext } from './command-context.ts';
import { UsageError } from './command-errors.ts';
import { noSuchEnvironment } from './environments.ts';
import { requireTenant } from './tenant-argument.ts';

/** The environment whose webhooks a command is about. */
export interface EnvironmentOptions {
  readonly project: string;
  readonly env: string;
}

export interface NewWebhookOptions extends EnvironmentOptions {
  /** Separated by commas or spaces; empty for all. */
  readonly types: string;
  readonly description?: string;
}

/** Rows of one page. */
const pageSize = 100;

/** `webhooks create`: adds a webhook and shows its secret once. @throws UsageError for an unknown type; as `createWebhook` */
export async function createWebhookCommand(url: string, options: NewWebhookOptions, context: CommandContext) {
  const types = parseTypes(options.types);
  await withWebhooks(options, context, async (deps, caller) => {
    const { description } = options;
    const request = { url, ...(types && { types }), ...(description !== undefined && { description }) };
    const created = await createWebhook(deps, caller, request);
    context.show(created, [
      created.secret,
      `This is the secret of webhook ${created.id} of ${caller.tenant}. It is not shown again: keep it now.`,
    ]);
  });
}

/** `webhooks list`: shows the webhooks of an environment, the latest first, never their secrets. */
export async function listWebhooksCommand(options: EnvironmentOptions, context: CommandContext) {
  await withWebhooks(options, context, async (deps, caller) => {
    for (let cursor: string | undefined; ; ) {
      const page = await listWebhooks(deps, caller, { limit: pageSize, ...(cursor && { cursor }) });
      for (const webhook of page.items) context.show(webhook, describeWebhook(webhook));
      cursor = page.nextCursor;
      if (cursor === undefined) return;
    }
  });
}

/** `webhooks delete`: deletes a webhook with its deliveries. @throws `webhook/not-found` */
export async function deleteWebhookCommand(id: string, options: EnvironmentOptions, context: CommandContext) {
  await withWebhooks(options, context, async (deps, caller) => {
    await deleteWebhook(deps, caller, id);
    context.show({ id }, `Deleted ${id}.`);
  });
}

/** `webhooks test`: has an event `webhook.test` delivered. @throws `webhook/not-found` */
export async function testWebhookCommand(id: string, options: EnvironmentOptions, context: CommandContext) {
  await withWebhooks(options, context, async (deps, caller) => {
    const delivery = await testWebhook(deps, caller, id);
    const next = `webhooks deliveries ${id} shows what becomes of it.`;
    context.show(delivery, `Delivery ${delivery.id} is sent by the role jobs; ${next}`);
  });
}

/** `webhooks deliveries`: shows the latest deliveries. @throws `webhook/not-found` */
export async function listDeliveriesCommand(
  id: string,
  options: EnvironmentOptions & { readonly state?: DeliveryView['state']; readonly limit: number },
  context: CommandContext,
) {
  await withWebhooks(options, context, async (deps, caller) => {
    let left = options.limit;
    for (let cursor: string | undefined; left > 0; ) {
      const query = {
        limit: Math.min(left, pageSize),
        ...(cursor && { cursor }),
        ...(options.state && { state: options.state }),
      };
      const page = await listDeliveries(deps, caller, { id, query });
      for (const delivery of page.items) context.show(delivery, describeDelivery(delivery));
      left -= page.items.length;
      cursor = page.nextCursor;
      if (cursor === undefined) return;
    }
  });
}

/** `webhooks redeliver`: has a delivery made again, at once. @throws `webhook/not-found`, `webhook/delivery-not-found` */
export async function redeliverCommand(
  { id, deliveryId }: { readonly id: string; readonly deliveryId: string },
  options: EnvironmentOptions,
  context: CommandContext,
) {
  await withWebhooks(options, context, async (deps, caller) => {
    const delivery = await redeliver(deps, caller, { id, deliveryId });
    context.show(delivery, describeDelivery(delivery));
  });
}

/** `webhooks rotate-secret`: gives a webhook another secret, shown once. @throws `webhook/not-found` */
export async function rotateSecretCommand(
  id: string,
  options: EnvironmentOptions & { readonly keepFor?: number },
  context: CommandContext,
) {
  await withWebhooks(options, context, async (deps, caller) => {
    const rotated = await rotateWebhookSecret(deps, caller, { id, previousValidSeconds: options.keepFor });
    const until = rotated.previousSecretUntil;
    context.show(rotated, [
      rotated.secret,
      `This is the new secret of webhook ${id}. It is not shown again: keep it now. The one before signs too, until ${until}.`,
    ]);
  });
}

/** @throws UsageError for an environment that does not exist, `environment/deleting` */
async function withWebhooks(
  { project, env }: EnvironmentOptions,
  { config, log }: CommandContext,
  use: (deps: WebhooksDeps, caller: Admin) => Promise<void>,
): Promise<void> {
  const tenant = requireTenant(project, env);
  using sender = createWebhookSender({ mayBePrivate: config.webhooks.allowPrivate, timeoutMs: 0 });
  await withDatabase(config, log, async (database) => {
    const environment = await createEnvironmentRepository(database).find(tenant);
    if (environment === undefined) throw noSuchEnvironment(tenant);
    if (environment.deletingSince !== undefined) throw beingDeleted(tenant);
    const deps = {
      webhooks: createWebhookRepository(database),
      refusalOf: sender.refusalOf,
      clock: () => new Date(),
      newId: uuidv7,
    };
    await use(deps, { kind: 'admin', tenant, keyId: 'operator', scopes: [] });
  });
}

function parseTypes(text: string): EventType[] | undefined {
  const names = text.split(/[\s,]+/).filter(Boolean);
  const types = names.map((name) => {
    const type = eventTypes.find((each) => each === name);
    if (type === undefined) throw new UsageError(`--types takes ${eventTypes.join(', ')}; not ${name}.`);
    return type;
  });
  return types.length === 0 ? undefined : types;
}

function describeWebhook({ id, url, state, types, description, createdAt }: WebhookView): string {
  return [id, url, state, types?.join(',') ?? 'all types', `created ${createdAt}`, description ?? '']
    .filter(Boolean)
    .join('  ');
}

function describeDelivery(delivery: DeliveryView): string {
  const { id, type, state, attempts, lastStatus, lastError, nextAttemptAt, createdAt } = delivery;
  return [
    ...[id, type, state, `${attempts} attempts`],
    lastStatus === undefined ? (lastError ?? '') : `status ${lastStatus}`,
    nextAttemptAt === undefined ? '' : `next ${nextAttemptAt}`,
    `created ${createdAt}`,
  ]
    .filter(Boolean)
    .join('  ');
}
