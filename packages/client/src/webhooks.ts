/** For servers that receive events of bkend storage. */

export {
  type VerifyWebhookOptions,
  verifyWebhook,
  type WebhookEvent,
  WebhookRefusal,
  type WebhookRequest,
} from './webhooks/verify-webhook.ts';
export {
  type WebhookHandler,
  type WebhookHandlerOptions,
  webhookHandler,
} from './webhooks/webhook-handler.ts';
