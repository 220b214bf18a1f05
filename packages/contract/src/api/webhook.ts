import { type Static, Type } from 'typebox';
import { eventTypes } from '../vocabulary.ts';
import { Instant, RequestText } from './field-schemas.ts';

const maxUrlLength = 2_048;

const Types = Type.Array(Type.Enum([...eventTypes], { type: 'string' }), {
  minItems: 1,
  maxItems: eventTypes.length,
  uniqueItems: true,
  description: 'Types of events; all when absent.',
});
const Description = RequestText({ maxLength: 255, description: 'For people.' });
const Address = RequestText({
  minLength: 1,
  maxLength: maxUrlLength,
  description: 'http or https URL; no redirect is followed.',
});
const WebhookState = Type.Enum(['enabled', 'disabled'], {
  type: 'string',
  description:
    '`disabled`: nothing is sent, what is pending waits. Set by an admin, or after 5 days without one success.',
});

/** Body of `POST /v1/webhooks`. */
export const CreateWebhookRequest = Type.Object({
  url: Address,
  types: Type.Optional(Types),
  description: Type.Optional(Description),
});
export type CreateWebhookRequest = Static<typeof CreateWebhookRequest>;

/** Body of `PATCH /v1/webhooks/:id`. */
export const UpdateWebhookRequest = Type.Object({
  url: Type.Optional(Address),
  types: Type.Optional(Type.Union([Types, Type.Null()], { description: 'Types of events; null for all.' })),
  description: Type.Optional(
    Type.Union([Description, Type.Null()], { description: 'For people; null removes it.' }),
  ),
  state: Type.Optional(WebhookState),
});
export type UpdateWebhookRequest = Static<typeof UpdateWebhookRequest>;

/** Body of `POST /v1/webhooks/:id/rotate-secret`. */
export const RotateWebhookSecretRequest = Type.Object({
  previousValidSeconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 30 * 24 * 60 * 60,
      description: 'Seconds for which the old secret signs too; a day when absent.',
    }),
  ),
});

const Secret = Type.String({
  description: '`whsec_` and base64: the key of the signatures, as Standard Webhooks has it. Shown once.',
});
const PreviousSecretUntil = Type.Unsafe<string>({
  ...Instant,
  description: 'Until then the secret of before signs, too.',
});

const webhookFields = {
  id: Type.String({ format: 'uuid', description: 'Id of the webhook.' }),
  url: Type.String({ description: 'Address that events are sent to.' }),
  types: Type.Optional(Types),
  description: Type.Optional(Type.String()),
  state: WebhookState,
  previousSecretUntil: Type.Optional(PreviousSecretUntil),
  lastSuccessAt: Type.Optional(
    Type.Unsafe<string>({ ...Instant, description: 'The last 2xx answer, within a minute.' }),
  ),
  failingSince: Type.Optional(
    Type.Unsafe<string>({ ...Instant, description: 'The first failure since the last success.' }),
  ),
  createdAt: Instant,
  updatedAt: Instant,
};

/** A webhook, without its secret. */
export const WebhookView = Type.Object(webhookFields);
export type WebhookView = Static<typeof WebhookView>;

/** Answer of `POST /v1/webhooks`. */
export const WebhookCreated = Type.Object({ ...webhookFields, secret: Secret });
export type WebhookCreated = Static<typeof WebhookCreated>;

/** Answer of `POST /v1/webhooks/:id/rotate-secret`. */
export const WebhookSecretAnswer = Type.Object({
  id: Type.String({ format: 'uuid', description: 'Id of the webhook.' }),
  secret: Secret,
  previousSecretUntil: PreviousSecretUntil,
});
export type WebhookSecretAnswer = Static<typeof WebhookSecretAnswer>;

const page = {
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'Items of a page.' }),
  cursor: Type.Optional(RequestText({ maxLength: 255, description: '`nextCursor` of the page before.' })),
};
const NextCursor = Type.Optional(
  Type.String({ description: 'Cursor of the next page; absent on the last.' }),
);

/** Query of `GET /v1/webhooks`. */
export const PageQuery = Type.Object(page);
export type PageQuery = Static<typeof PageQuery>;

/** One page of the webhooks, the latest first. */
export const ListWebhooksAnswer = Type.Object({ items: Type.Array(WebhookView), nextCursor: NextCursor });
export type ListWebhooksAnswer = Static<typeof ListWebhooksAnswer>;

const deliveryStates = ['pending', 'delivered', 'failed'] as const;
const DeliveryState = Type.Enum([...deliveryStates], {
  type: 'string',
  description: '`failed`: given up, 3 days after the first attempt.',
});

/** An event on its way to a webhook. */
export const DeliveryView = Type.Object({
  id: Type.String({ format: 'uuid', description: 'The header `webhook-id` of every attempt.' }),
  eventId: Type.Optional(Type.Integer({ description: 'Id of the event, a number; absent for a test.' })),
  type: Type.String({ description: 'Type of the event, or `webhook.test`.' }),
  state: DeliveryState,
  attempts: Type.Integer({
    description: 'Number of attempts so far; they begin anew when it is delivered again.',
  }),
  lastStatus: Type.Optional(Type.Integer({ description: 'HTTP status of the last answer.' })),
  lastError: Type.Optional(Type.String({ description: 'Why the last attempt had no answer.' })),
  lastAnswer: Type.Optional(Type.String({ description: 'The first 1 KiB of the last answer.' })),
  lastDurationMs: Type.Optional(
    Type.Integer({
      description: 'Duration of the last attempt in milliseconds, including the seconds spent waiting.',
    }),
  ),
  nextAttemptAt: Type.Optional(
    Type.Unsafe<string>({ ...Instant, description: 'When it is tried next, while it is pending.' }),
  ),
  createdAt: Instant,
});
export type DeliveryView = Static<typeof DeliveryView>;

/** Query of `GET /v1/webhooks/:id/deliveries`. */
export const ListDeliveriesQuery = Type.Object({
  ...page,
  state: Type.Optional(
    Type.Enum([...deliveryStates], { type: 'string', description: 'Deliveries in this state alone.' }),
  ),
});
export type ListDeliveriesQuery = Static<typeof ListDeliveriesQuery>;

/** One page of the deliveries of a webhook, the latest first. */
export const ListDeliveriesAnswer = Type.Object({ items: Type.Array(DeliveryView), nextCursor: NextCursor });
export type ListDeliveriesAnswer = Static<typeof ListDeliveriesAnswer>;
