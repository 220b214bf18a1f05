import {
  type CreateWebhookRequest,
  invalidParameters,
  type ListWebhooksAnswer,
  type PageQuery,
  StorageError,
  type UpdateWebhookRequest,
  type WebhookCreated,
  type WebhookSecretAnswer,
  type WebhookView,
} from '@bkend/storage-contract';
import { isFileId } from '../../files/file.ts';
import type { Clock } from '../../files/ports.ts';
import { type Caller, requireAdmin, requireScope } from '../../identity/caller.ts';
import { newWebhookSecret } from './sign-webhook.ts';
import type { Webhook } from './webhook.ts';
import type { WebhookRepository, WebhookSender } from './webhook-ports.ts';

/** Webhooks of an environment, at most: each costs a row for every event. */
const maxWebhooks = 50;
const defaultOverlapSeconds = 24 * 60 * 60;

export interface WebhooksDeps {
  readonly webhooks: WebhookRepository;
  readonly refusalOf: WebhookSender['refusalOf'];
  readonly clock: Clock;
  readonly newId: () => string;
}

/**
 * Adds a webhook; it gets what happens from now on.
 * @returns with its secret, which is shown at no other time
 * @throws `common/authentication-required`, `file/access-denied` for users who are not admins, `auth/scope-insufficient`;
 * `webhook/address-refused`; `webhook/too-many` when the environment has 50
 */
export async function createWebhook(
  deps: WebhooksDeps,
  caller: Caller,
  { url, types, description }: CreateWebhookRequest,
): Promise<WebhookCreated> {
  requireWriter(caller);
  await requireAddress(deps, url);
  const webhook = await deps.webhooks.create(
    {
      ...{
        tenant: caller.tenant,
        id: deps.newId(),
        url,
        secret: newWebhookSecret(),
        createdAt: deps.clock(),
      },
      ...(types && { types }),
      ...(description && { description }),
    },
    maxWebhooks,
  );
  if (webhook === undefined) {
    throw new StorageError('webhook/too-many', `An environment has at most ${maxWebhooks} webhooks.`, {
      details: { limit: maxWebhooks },
    });
  }
  return { ...viewWebhook(webhook), secret: webhook.secret };
}

/** One page of the webhooks, the latest first. @throws as {@link createWebhook}; `common/invalid-parameters` for the cursor */
export async function listWebhooks(
  deps: WebhooksDeps,
  caller: Caller,
  query: PageQuery,
): Promise<ListWebhooksAnswer> {
  requireReader(caller);
  const found = await deps.webhooks.list(caller.tenant, pageAfter(query));
  return toPage(found, query.limit, viewWebhook);
}

/** @throws as {@link createWebhook}; `webhook/not-found` */
export async function getWebhook(deps: WebhooksDeps, caller: Caller, id: string): Promise<WebhookView> {
  requireReader(caller);
  return viewWebhook(await requireWebhook(deps, caller, id));
}

/** Changes a webhook; in force within 5 s. @throws as {@link createWebhook}; `webhook/not-found` */
export async function updateWebhook(
  deps: WebhooksDeps,
  caller: Caller,
  { id, change: { state, ...change } }: { readonly id: string; readonly change: UpdateWebhookRequest },
): Promise<WebhookView> {
  requireWriter(caller);
  if (change.url !== undefined) await requireAddress(deps, change.url);
  const isDisabled = state && { isDisabled: state === 'disabled' };
  return viewWebhook(await changeOrRefuse(deps, caller, { id, change: { ...change, ...isDisabled } }));
}

/**
 * Gives a webhook a new secret. Deliveries have two signatures until the old secret ends.
 * @throws as {@link createWebhook}; `webhook/not-found`
 */
export async function rotateWebhookSecret(
  deps: WebhooksDeps,
  caller: Caller,
  {
    id,
    previousValidSeconds = defaultOverlapSeconds,
  }: { id: string; previousValidSeconds?: number | undefined },
): Promise<WebhookSecretAnswer> {
  requireWriter(caller);
  const previousUntil = new Date(deps.clock().getTime() + previousValidSeconds * 1_000);
  const rotation = { secret: newWebhookSecret(), previousUntil };
  const webhook = await changeOrRefuse(deps, caller, { id, change: { rotation } });
  return { id: webhook.id, secret: webhook.secret, previousSecretUntil: previousUntil.toISOString() };
}

/** Deletes a webhook with its deliveries. @throws as {@link createWebhook}; `webhook/not-found` */
export async function deleteWebhook(deps: WebhooksDeps, caller: Caller, id: string): Promise<void> {
  requireWriter(caller);
  if (!isFileId(id) || !(await deps.webhooks.remove({ tenant: caller.tenant, id: id.toLowerCase() }))) {
    throw notFound();
  }
}

/** The webhook of the caller's environment. @throws `webhook/not-found` */
export async function requireWebhook(deps: WebhooksDeps, { tenant }: Caller, id: string): Promise<Webhook> {
  const webhook = isFileId(id) ? await deps.webhooks.find({ tenant, id: id.toLowerCase() }) : undefined;
  if (webhook === undefined) throw notFound();
  return webhook;
}

async function changeOrRefuse(
  { webhooks, clock }: WebhooksDeps,
  { tenant }: Caller,
  { id, change }: { readonly id: string; readonly change: Parameters<WebhookRepository['change']>[1] },
): Promise<Webhook> {
  const changed = isFileId(id)
    ? await webhooks.change({ tenant, id: id.toLowerCase() }, change, clock())
    : undefined;
  if (changed === undefined) throw notFound();
  return changed;
}

async function requireAddress({ refusalOf }: WebhooksDeps, url: string): Promise<void> {
  const refusal = await refusalOf(url);
  if (refusal !== undefined) throw new StorageError('webhook/address-refused', refusal);
}

export function requireReader(caller: Caller): void {
  requireAdmin(caller);
  requireScope(caller, 'webhooks:read');
}

export function requireWriter(caller: Caller): void {
  requireAdmin(caller);
  requireScope(caller, 'webhooks:write');
}

/** The query of a page: one item more than it shows, so that the next page is known. */
export function pageAfter({ cursor, limit }: PageQuery): {
  readonly before: string | undefined;
  readonly limit: number;
} {
  if (cursor !== undefined && !isFileId(cursor)) {
    throw invalidParameters([{ field: 'cursor', message: 'must be nextCursor of the same list' }]);
  }
  return { before: cursor?.toLowerCase(), limit: limit + 1 };
}

export function toPage<Item extends { readonly id: string }, View>(
  found: readonly Item[],
  limit: number,
  view: (item: Item) => View,
): { items: View[]; nextCursor?: string } {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { items: page.map(view), ...(found.length > page.length && last && { nextCursor: last.id }) };
}

function notFound(): StorageError {
  return new StorageError('webhook/not-found', 'There is no such webhook.');
}

function viewWebhook(webhook: Webhook): WebhookView {
  return {
    id: webhook.id,
    url: webhook.url,
    ...(webhook.types && { types: [...webhook.types] }),
    ...(webhook.description !== undefined && { description: webhook.description }),
    state: webhook.isDisabled ? 'disabled' : 'enabled',
    ...(webhook.previousSecretUntil && { previousSecretUntil: webhook.previousSecretUntil.toISOString() }),
    ...(webhook.lastSuccessAt && { lastSuccessAt: webhook.lastSuccessAt.toISOString() }),
    ...(webhook.failingSince && { failingSince: webhook.failingSince.toISOString() }),
    createdAt: webhook.createdAt.toISOString(),
    updatedAt: webhook.updatedAt.toISOString(),
  };
}
