import type { EventType } from '@bkend/storage-contract';
import type { Tenant } from '../../identity/tenant.ts';

/** The type of the event that only a test sends. */
export const testEventType = 'webhook.test';

export interface WebhookSecrets {
  /** `whsec_` and base64 of the key. */
  readonly secret: string;
  /** Signs too, until `previousSecretUntil`. */
  readonly previousSecret?: string;
  readonly previousSecretUntil?: Date;
}

/** An address that events of an environment are delivered to. */
export interface Webhook extends WebhookSecrets {
  readonly tenant: Tenant;
  readonly id: string;
  readonly url: string;
  /** All types when absent. */
  readonly types?: readonly EventType[];
  readonly description?: string;
  readonly isDisabled: boolean;
  /** Id of the last event that has become a delivery, or that it leaves out. */
  readonly after: number;
  readonly lastSuccessAt?: Date;
  /** The first failure since the last success. */
  readonly failingSince?: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type DeliveryState = 'pending' | 'delivered' | 'failed';

/** An event on its way to a webhook. */
export interface Delivery {
  readonly tenant: Tenant;
  readonly webhookId: string;
  /** The `webhook-id` of every attempt. */
  readonly id: string;
  /** Absent for a test. */
  readonly eventId?: number;
  readonly type: string;
  /** The file whose deliveries are in order; absent for what has no file, and for a delivery that is asked for again. */
  readonly orderedBy?: string;
  /** JSON, the same bytes in every attempt. */
  readonly body: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly firstAttemptAt?: Date;
  /** When the next attempt is due, while pending. */
  readonly dueAt: Date;
  readonly lastStatus?: number;
  readonly lastError?: string;
  /** The first 1 KiB of the last answer. */
  readonly lastAnswer?: string;
  readonly lastDurationMs?: number;
  readonly createdAt: Date;
}
