import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { verifyWebhook } from './verify-webhook.ts';
import { webhookHandler } from './webhook-handler.ts';

const secretOf = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
const secret = secretOf(7);
const event = {
  ...{ id: 12, type: 'file.created', createdAt: '2026-05-04T12:00:00.000Z', environment: 'shop/prod' },
  data: { file: { id: 'f', originalName: '고양이.jpg' } },
};

/** A request as the specification's own library signs it. */
function delivery({ at = new Date(), body = JSON.stringify(event), by = [secret] } = {}): RequestInit {
  const seconds = Math.floor(at.getTime() / 1000);
  const signatures = by.map((each) => new Webhook(each).sign('msg_1', at, body));
  const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': `${seconds}` };
  return { method: 'POST', body, headers: { ...headers, 'webhook-signature': signatures.join(' ') } };
}
const request = (init: RequestInit) => new Request('http://receiver.test/', init);

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  // A listening TCP server's address is never a path.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('verifyWebhook', () => {
  it('returns the event of a delivery that the specification’s library has signed', async () => {
    expect(await verifyWebhook(request(delivery()), secret)).toEqual(event);
  });

  it('accepts either secret while it is rotated, on both sides', async () => {
    const [old, fresh] = [secretOf(1), secretOf(2)];
    for (const held of [old, fresh, [secret, old]]) {
      expect(await verifyWebhook(request(delivery({ by: [fresh, old] })), held)).toEqual(event);
    }
  });

  const now = Date.now();
  it.each<[string, RequestInit]>([
    ['another secret', delivery({ by: [secretOf(8)] })],
    ['another body', { ...delivery(), body: '{}' }],
    ['no signature', { method: 'POST', body: '{}' }],
    ['an old time', delivery({ at: new Date(now - 301_000) })],
    ['a time to come', delivery({ at: new Date(now + 302_000) })],
    ['a signature of another version', withSignature((value) => value.replace('v1,', 'v1a,'))],
    ['a signature that is no base64', withSignature(() => 'v1,***')],
    ['a cut signature', withSignature((value) => value.slice(0, 20))],
    ['another id', { ...delivery(), headers: { ...headersOf(delivery()), 'webhook-id': 'msg_2' } }],
    ['a time in words', { ...delivery(), headers: { ...headersOf(delivery()), 'webhook-timestamp': 'now' } }],
  ])('refuses %s with 401', async (_, init) => {
    await expect(verifyWebhook(request(init), secret)).rejects.toMatchObject({
      name: 'WebhookRefusal',
      status: 401,
    });
  });

  function headersOf(init: RequestInit): Record<string, string> {
    return Object.fromEntries(new Headers(init.headers));
  }
  function withSignature(change: (value: string) => string): RequestInit {
    const headers = headersOf(delivery());
    return {
      ...delivery(),
      headers: { ...headers, 'webhook-signature': change(headers['webhook-signature'] ?? '') },
    };
  }

  it('reads no more than 1 MiB', async () => {
    const init = delivery({ body: 'x'.repeat(1024 * 1024 + 1) });
    await expect(verifyWebhook(request(init), secret)).rejects.toMatchObject({ status: 413 });
  });

  it('says what is wrong with a secret or a parsed body', async () => {
    await expect(verifyWebhook(request(delivery()), '')).rejects.toThrow('begins with whsec_');
    const parsed = { headers: headersOf(delivery()), body: {}, async *[Symbol.asyncIterator]() {} };
    await expect(verifyWebhook(parsed, secret)).rejects.toThrow('express.raw()');
    expect(await verifyWebhook({ ...parsed, body: Buffer.from(JSON.stringify(event)) }, secret)).toEqual(
      event,
    );
  });
});

describe.each(['fetch', 'node'] as const)('a webhook handler (%s)', (kind) => {
  const send = async (options: Omit<Parameters<typeof webhookHandler>[0], 'secret'>, init: RequestInit) => {
    const handler = webhookHandler({ secret, ...options });
    if (kind === 'fetch') return handler.fetch(request(init));
    return fetch(await serve((incoming, outgoing) => void handler.node(incoming, outgoing)), init);
  };

  it('calls back for a finished upload, and for every event, and answers 204', async () => {
    const [onUploadComplete, onEvent] = [vi.fn(), vi.fn()];
    expect((await send({ onUploadComplete, onEvent }, delivery())).status).toBe(204);
    expect(onUploadComplete.mock.calls).toEqual([[event.data.file, event]]);
    expect(onEvent.mock.calls).toEqual([[event]]);
  });

  it('answers 401 and calls nothing for a request of another sender', async () => {
    const onEvent = vi.fn();
    expect((await send({ onEvent }, { ...delivery(), body: '{}' })).status).toBe(401);
    expect(onEvent).not.toHaveBeenCalled();
  });

  it('answers 500 when a callback fails, so that the event comes again', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    onTestFinished(() => logged.mockRestore());
    const onEvent = () => Promise.reject(new Error('the database is away'));
    expect((await send({ onEvent }, delivery())).status).toBe(500);
    expect(logged).toHaveBeenCalledOnce();
  });
});
