import type { ErrorCode } from '@bkend/storage-contract';
import {
  CreateWebhookRequest,
  DeliveryView,
  ListDeliveriesAnswer,
  ListDeliveriesQuery,
  ListWebhooksAnswer,
  PageQuery,
  RotateWebhookSecretRequest,
  UpdateWebhookRequest,
  WebhookCreated,
  WebhookSecretAnswer,
  WebhookView,
} from '@bkend/storage-contract/schemas';
import { Type } from 'typebox';
import { listDeliveries, redeliver, testWebhook } from '../../events/webhooks/manage-deliveries.ts';
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  rotateWebhookSecret,
  updateWebhook,
  type WebhooksDeps,
} from '../../events/webhooks/manage-webhooks.ts';
import type { Api } from '../api.ts';
import { answers } from './route-schemas.ts';

const tags = ['Webhooks'];
const WebhookId = Type.String({ maxLength: 255, description: 'Id of the webhook.' });
const params = Type.Object({ webhookId: WebhookId });

function config(scope: 'webhooks:read' | 'webhooks:write', ...errors: readonly ErrorCode[]) {
  return { access: 'environmentAdmins', scope, errors: ['file/access-denied', ...errors] } as const;
}

/** Endpoints for webhooks and their deliveries. */
export function webhookRoutes(app: Api, deps: WebhooksDeps): void {
  app.post(
    '/webhooks',
    {
      config: config('webhooks:write', 'webhook/address-refused', 'webhook/too-many'),
      schema: {
        tags,
        summary: 'Create a webhook',
        description:
          'Every event from now on is sent to its address by POST, signed as [Standard Webhooks](https://www.standardwebhooks.com) says. The secret is shown in this answer only.',
        body: CreateWebhookRequest,
        response: answers(201, WebhookCreated),
      },
    },
    async (request, reply) => reply.code(201).send(await createWebhook(deps, request.caller, request.body)),
  );

  app.get(
    '/webhooks',
    {
      config: config('webhooks:read'),
      schema: {
        tags,
        summary: 'List the webhooks',
        description: 'The latest first, without their secrets.',
        querystring: PageQuery,
        response: answers(200, ListWebhooksAnswer),
      },
    },
    (request) => listWebhooks(deps, request.caller, request.query),
  );

  app.get(
    '/webhooks/:webhookId',
    {
      config: config('webhooks:read', 'webhook/not-found'),
      schema: { tags, summary: 'Read a webhook', params, response: answers(200, WebhookView) },
    },
    (request) => getWebhook(deps, request.caller, request.params.webhookId),
  );

  app.patch(
    '/webhooks/:webhookId',
    {
      config: config('webhooks:write', 'webhook/not-found', 'webhook/address-refused'),
      schema: {
        tags,
        summary: 'Change, disable or enable a webhook',
        description:
          'In force within 5 s. While it is disabled, what is pending waits, and events wait for 30 days; enabling sends all of it, in order.',
        params,
        body: UpdateWebhookRequest,
        response: answers(200, WebhookView),
      },
    },
    (request) => updateWebhook(deps, request.caller, { id: request.params.webhookId, change: request.body }),
  );

  app.delete(
    '/webhooks/:webhookId',
    {
      config: config('webhooks:write', 'webhook/not-found'),
      schema: {
        tags,
        summary: 'Delete a webhook',
        description: 'With its deliveries, pending ones too.',
        params,
        response: answers(200, Type.Object({})),
      },
    },
    async (request) => {
      await deleteWebhook(deps, request.caller, request.params.webhookId);
      return {};
    },
  );

  app.post(
    '/webhooks/:webhookId/rotate-secret',
    {
      config: config('webhooks:write', 'webhook/not-found'),
      schema: {
        tags,
        summary: 'Rotate the secret of a webhook',
        description:
          'Until the old secret ends, deliveries have two signatures, so that the receiver may change its secret at any moment in between.',
        params,
        body: RotateWebhookSecretRequest,
        response: answers(200, WebhookSecretAnswer),
      },
    },
    (request) => rotateWebhookSecret(deps, request.caller, { id: request.params.webhookId, ...request.body }),
  );

  app.post(
    '/webhooks/:webhookId/test',
    {
      config: config('webhooks:write', 'webhook/not-found'),
      schema: {
        tags,
        summary: 'Send a test event',
        description: 'Queues an event `webhook.test`, whose delivery shows how it went.',
        params,
        response: answers(202, DeliveryView),
      },
    },
    async (request, reply) =>
      reply.code(202).send(await testWebhook(deps, request.caller, request.params.webhookId)),
  );

  app.get(
    '/webhooks/:webhookId/deliveries',
    {
      config: config('webhooks:read', 'webhook/not-found'),
      schema: {
        tags,
        summary: 'List the deliveries of a webhook',
        description: 'The latest first; kept for 30 days.',
        params,
        querystring: ListDeliveriesQuery,
        response: answers(200, ListDeliveriesAnswer),
      },
    },
    (request) => listDeliveries(deps, request.caller, { id: request.params.webhookId, query: request.query }),
  );

  app.post(
    '/webhooks/:webhookId/deliveries/:deliveryId/redeliver',
    {
      config: config('webhooks:write', 'webhook/not-found', 'webhook/delivery-not-found'),
      schema: {
        tags,
        summary: 'Deliver again',
        description:
          'At once and out of order, with the same `webhook-id`. A delivery that is pending brings those of its file that wait for it along, in order.',
        params: Type.Object({
          webhookId: WebhookId,
          deliveryId: Type.String({ maxLength: 255, description: 'Id of the delivery.' }),
        }),
        response: answers(202, DeliveryView),
      },
    },
    async (request, reply) => {
      const { webhookId: id, deliveryId } = request.params;
      return reply.code(202).send(await redeliver(deps, request.caller, { id, deliveryId }));
    },
  );
}
