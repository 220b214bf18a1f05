import { createHmac, randomBytes } from 'node:crypto';
import type { WebhookSecrets } from './webhook.ts';

const prefix = 'whsec_';

/** A new secret: 32 random bytes (Standard Webhooks 1.0.0, "Signature scheme": 24 to 64). */
export function newWebhookSecret(): string {
  return prefix + randomBytes(32).toString('base64');
}

/**
 * Headers of an attempt (Standard Webhooks 1.0.0, "Webhook headers"). While a secret is rotated there are two signatures, the new
 * one first.
 */
export function webhookHeaders(
  { secret, previousSecret, previousSecretUntil }: WebhookSecrets,
  { id, body, at }: { readonly id: string; readonly body: string; readonly at: Date },
): Record<string, string> {
  const timestamp = Math.floor(at.getTime() / 1_000);
  const isRotating =
    previousSecret !== undefined && previousSecretUntil !== undefined && previousSecretUntil > at;
  const secrets = isRotating ? [secret, previousSecret] : [secret];
  const signatures = secrets.map((each) => {
    const key = Buffer.from(each.slice(prefix.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'Content-Type': 'application/json',
    'User-Agent': 'bkend-storage-webhooks',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}
