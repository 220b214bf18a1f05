import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DeliveryView, WebhookCreated, WebhookSecretAnswer, WebhookView } from '@bkend/storage-contract';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { operate } from '../../../test-support/src/process/operate.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const { env } = inject('service');
let tenant: Tenant;
let url: string;
const receiver = createServer((request, response) => {
  request.resume();
  response.writeHead(204).end();
});
beforeAll(async () => {
  tenant = await createTenant();
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  // A listening TCP server's address is never a path.
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
afterAll(() => {
  receiver.closeAllConnections();
  receiver.close();
});

const run = <Answer>(...words: string[]) =>
  operate<Answer>(['webhooks', ...words, '--project', tenant.project], env);

it('an operator creates, lists, tests, rotates and deletes webhooks, and sees their deliveries', async () => {
  const created = await run<WebhookCreated>('create', url, '--types', 'file.created,file.deleted');
  expect(created).toMatchObject({ url, types: ['file.created', 'file.deleted'], state: 'enabled' });
  expect(created.secret).toMatch(/^whsec_/);
  const { secret: _, ...shown } = created;
  expect(await run<WebhookView>('list')).toEqual(shown);
  expect(await tenant.admin.ask<WebhookView>('GET', `/v1/webhooks/${created.id}`)).toEqual(shown);

  const test = await run<DeliveryView>('test', created.id);
  const delivered = () =>
    eventually('the delivery is made', async () => {
      const delivery = await run<DeliveryView>('deliveries', created.id, '--state', 'delivered');
      return delivery.id === test.id ? delivery : undefined;
    });
  expect(await delivered()).toMatchObject({ type: 'webhook.test', attempts: 1, lastStatus: 204 });
  expect(await run<DeliveryView>('redeliver', created.id, test.id)).toMatchObject({ state: 'pending' });
  await delivered();

  const rotated = await run<WebhookSecretAnswer>('rotate-secret', created.id, '--keep-for', '1h');
  expect(rotated.secret).not.toBe(created.secret);
  expect(Date.parse(rotated.previousSecretUntil)).toBeGreaterThan(Date.now() + 1_800_000);

  expect(await run('delete', created.id)).toEqual({ id: created.id });
  expect(await run('list')).toEqual({});
  await expect(run('delete', created.id)).rejects.toMatchObject({ code: 'webhook/not-found' });
  await expect(run('create', url, '--types', 'file.moved')).rejects.toThrow('not file.moved');
});
