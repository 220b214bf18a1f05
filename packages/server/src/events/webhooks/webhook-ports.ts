import type { Tenant } from '../../identity/tenant.ts';
import type { Delivery, DeliveryState, Webhook } from './webhook.ts';

/** Names a webhook. */
interface WebhookRef {
  readonly tenant: Tenant;
  readonly id: string;
}

/** Fields of a webhook to change; null removes. */
interface WebhookChange {
  readonly url?: string;
  readonly types?: Webhook['types'] | null;
  readonly description?: string | null;
  /** False: pending deliveries go on at once, with their whole life before them. */
  readonly isDisabled?: boolean;
  /** The secret of before goes on signing until `previousUntil`. */
  readonly rotation?: { readonly secret: string; readonly previousUntil: Date };
}

/** Webhooks and their deliveries, as admins see them. */
export interface WebhookRepository {
  /** Begins after the latest event. @returns undefined when the environment has `maxWebhooks` already */
  create(
    webhook: Omit<Webhook, 'after' | 'isDisabled' | 'updatedAt'>,
    maxWebhooks: number,
  ): Promise<Webhook | undefined>;
  find(ref: WebhookRef): Promise<Webhook | undefined>;
  /** One page, the latest first. @param query.before id of the last webhook of the page before */
  list(tenant: Tenant, query: PageQuery): Promise<Webhook[]>;
  change(ref: WebhookRef, change: WebhookChange, at: Date): Promise<Webhook | undefined>;
  /** With its deliveries. @returns whether it was there */
  remove(ref: WebhookRef): Promise<boolean>;
  /** One page of deliveries, without bodies, the latest first. */
  listDeliveries(ref: WebhookRef, query: PageQuery & { readonly state?: DeliveryState }): Promise<Delivery[]>;
  /** Adds a delivery of no event, due at once. */
  addTest(
    delivery: Pick<Delivery, 'tenant' | 'webhookId' | 'id' | 'type' | 'body' | 'createdAt'>,
  ): Promise<void>;
  /**
   * Makes a delivery due at once. One that has ended is out of order; with a pending one come all those of its file, in order.
   * @returns undefined when it is not there
   */
  redeliver(ref: WebhookRef, deliveryId: string, at: Date): Promise<Delivery | undefined>;
}

interface PageQuery {
  readonly before?: string | undefined;
  readonly limit: number;
}

/** An attempt and what follows from it. */
export interface AttemptRecord {
  readonly delivery: Delivery;
  readonly state: DeliveryState;
  /** Due time of the next attempt; deliveries of the same file that come later wait for it. */
  readonly dueAt: Date;
  readonly at: Date;
  readonly result: AttemptResult;
}

/** Deliveries, as the processes that send them see them. A webhook is leased to one process at a time. */
export interface DeliveryQueue {
  /**
   * Leases enabled webhooks that have something to do, and prolongs the leases of those that `holder` works on. A webhook that is not
   * among the answer is lost to the holder: disabled, deleted, or leased to another.
   */
  lease(request: {
    readonly holder: string;
    readonly held: readonly WebhookRef[];
    readonly now: Date;
    readonly until: Date;
    readonly limit: number;
  }): Promise<Webhook[]>;
  release(holder: string, ref: WebhookRef): Promise<void>;
  /**
   * Adds a delivery for each event and moves `after` of the webhook, both or neither.
   * @returns false when the lease is lost, or another has done it
   */
  enqueue(request: {
    readonly holder: string;
    readonly webhook: WebhookRef & { readonly after: number };
    readonly nextAfter: number;
    readonly deliveries: readonly NewDelivery[];
    readonly now: Date;
  }): Promise<boolean>;
  /**
   * Due deliveries, those of a file in the order of their events and none of them before an earlier one that waits.
   * @param request.except files and deliveries that are being worked on
   */
  findDue(request: {
    readonly webhook: WebhookRef;
    readonly now: Date;
    readonly limit: number;
    readonly except: readonly string[];
  }): Promise<Delivery[]>;
  /**
   * Records attempts in one statement; a webhook that has only failed since `failingBefore` is disabled, which is an event.
   */
  record(attempts: readonly AttemptRecord[], failingBefore: Date): Promise<void>;
  /** Removes deliveries that were created before an instant. @returns their number */
  removeOld(request: { readonly createdBefore: Date; readonly limit: number }): Promise<number>;
}

/** A delivery to be: its id, and its event. */
export type NewDelivery = Pick<Delivery, 'id' | 'type' | 'body'> & {
  readonly eventId: number;
  readonly fileId?: string;
};

/** How an attempt ended: with an answer, or with an error. */
export type AttemptResult = { readonly durationMs: number } & (
  | { readonly status: number; readonly answer: string }
  | { readonly error: string }
);

/** HTTP to the addresses of webhooks. */
export interface WebhookSender {
  /** Checks the address of a webhook that is to be saved. @returns a sentence, or undefined for a good one */
  refusalOf(url: string): Promise<string | undefined>;
  /** Sends one POST; never throws. */
  send(
    url: string,
    delivery: {
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly signal: AbortSignal;
    },
  ): Promise<AttemptResult>;
}
