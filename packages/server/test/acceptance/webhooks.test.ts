import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifyWebhook, type WebhookEvent, webhookHandler } from '@bkend/storage/webhooks';
import type {
  DeliveryView,
  ListDeliveriesAnswer,
  ListWebhooksAnswer,
  WebhookCreated,
  WebhookSecretAnswer,
  WebhookView,
} from '@bkend/storage-contract';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Client, createClient } from '../../../test-support/src/api/client.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { createKey, createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const { apiUrl } = inject('service');
let tenant: Tenant;
let alice: Client;
beforeAll(async () => {
  tenant = await createTenant();
  alice = await tenant.user('alice');
});

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

const received: Received[] = [];
let status = 204;
const receiver = createServer((request, response) => {
  void readBody(request).then((body) => {
    // Headers of a webhook come once each.
    received.push({ headers: request.headers as Record<string, string>, body });
    response.writeHead(status).end(status === 204 ? undefined : 'not now');
  });
});
let url: string;
beforeAll(async () => {
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  // A listening TCP server's address is never a path.
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
afterAll(() => {
  receiver.closeAllConnections();
  receiver.close();
});

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const create = (fields: object = {}) =>
  tenant.admin.ask<WebhookCreated>('POST', '/v1/webhooks', { url, ...fields });
const deliveries = (id: string) =>
  tenant.admin.ask<ListDeliveriesAnswer>('GET', `/v1/webhooks/${id}/deliveries`);
const asRequest = ({ headers, body }: Received) => new Request(url, { method: 'POST', headers, body });

describe('a webhook', () => {
  it('receives each event of its types, signed as Standard Webhooks says', async () => {
    const { id, secret } = await create({ types: ['file.created'], description: 'search index' });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const file = await uploadFile(alice, { visibility: 'public' });
    await alice.ask('PATCH', `/v1/files/${file.id}`, { visibility: 'private' });
    const delivery = await eventually('the event arrives', () =>
      received.find(({ body }) => body.includes(file.id)),
    );
    // Throws when the signature does not fit.
    const event = new Webhook(secret).verify(delivery.body, delivery.headers) as WebhookEvent;
    expect(event).toMatchObject({
      type: 'file.created',
      environment: tenant.environment,
      data: { file: { id: file.id, ownerId: 'alice', url: file.url } },
    });
    expect(await verifyWebhook(asRequest(delivery), secret)).toEqual(event);
    const [listed] = await eventually('it is recorded', async () => {
      const { items } = await deliveries(id);
      return items[0]?.state === 'delivered' ? items : undefined;
    });
    expect(listed).toMatchObject({
      ...{ id: delivery.headers['webhook-id'], eventId: event.id, type: 'file.created' },
      ...{ attempts: 1, lastStatus: 204, lastDurationMs: expect.any(Number) },
    });
    expect((await deliveries(id)).items).toHaveLength(1);
  });

  it('signs with two secrets while they are rotated', async () => {
    const { id, secret } = await create({ types: ['webhook.disabled'] });
    const path = `/v1/webhooks/${id}`;
    const rotated = await tenant.admin.ask<WebhookSecretAnswer>('POST', `${path}/rotate-secret`, {});
    const test = await tenant.admin.ask<DeliveryView>('POST', `${path}/test`, {});
    const delivery = await eventually('the test arrives', () =>
      received.find(({ headers }) => headers['webhook-id'] === test.id),
    );
    for (const each of [secret, rotated.secret]) {
      expect(new Webhook(each).verify(delivery.body, delivery.headers)).toMatchObject({
        type: 'webhook.test',
      });
    }
    const handled: WebhookEvent[] = [];
    const handler = webhookHandler({ secret: rotated.secret, onEvent: (event) => handled.push(event) });
    expect((await handler.fetch(asRequest(delivery))).status).toBe(204);
    expect(handled).toHaveLength(1);
  });

  it('shows failures with what was answered, and delivers again with the same id', async () => {
    const { id } = await create({ types: ['webhook.disabled'] });
    const path = `/v1/webhooks/${id}`;
    status = 503;
    const test = await tenant.admin.ask<DeliveryView>('POST', `${path}/test`, {});
    await eventually('it has failed', async () => {
      const [item] = (await deliveries(id)).items;
      const isAsAnswered = item?.lastStatus === 503 && item.lastAnswer === 'not now';
      return (isAsAnswered && item.nextAttemptAt !== undefined) || undefined;
    });
    status = 204;
    await tenant.admin.ask('POST', `${path}/deliveries/${test.id}/redeliver`, {});
    await eventually(
      'it is delivered',
      async () => (await deliveries(id)).items[0]?.state === 'delivered' || undefined,
    );
    expect(received.filter(({ headers }) => headers['webhook-id'] === test.id)).toHaveLength(2);
  });

  it('is listed, changed and deleted by admins of its environment, and its secret is shown once', async () => {
    const { id, secret } = await create();
    const path = `/v1/webhooks/${id}`;
    const changed = await tenant.admin.ask<WebhookView>('PATCH', path, {
      ...{ types: ['file.deleted'], state: 'disabled', description: 'x' },
    });
    expect(changed).toMatchObject({ id, url, types: ['file.deleted'], state: 'disabled', description: 'x' });
    const page = await tenant.admin.ask<ListWebhooksAnswer>('GET', '/v1/webhooks?limit=1');
    expect(page).toEqual({ items: [changed], nextCursor: id });
    expect(JSON.stringify(page)).not.toContain(secret);
    const next = await tenant.admin.ask<ListWebhooksAnswer>('GET', `/v1/webhooks?cursor=${page.nextCursor}`);
    expect(next.items.map((each) => each.id)).not.toContain(id);
    expect(await (await createTenant()).admin.refusal('GET', path)).toMatchObject({
      code: 'webhook/not-found',
    });
    await tenant.admin.ask('DELETE', path);
    expect(await tenant.admin.refusal('GET', path)).toMatchObject({ code: 'webhook/not-found' });
  });

  it('is for admins alone, and for keys with all scopes', async () => {
    const words = ['--type', 'secret', '--project', tenant.project, '--scopes', 'files:*'];
    const files = createClient(apiUrl, { 'X-API-Key': (await createKey(words)).key });
    for (const [client, code] of [
      [alice, 'file/access-denied'],
      [tenant.guest, 'common/authentication-required'],
      [files, 'auth/scope-insufficient'],
    ] as const) {
      expect(await client.refusal('POST', '/v1/webhooks', { url })).toMatchObject({ code });
    }
  });
});
