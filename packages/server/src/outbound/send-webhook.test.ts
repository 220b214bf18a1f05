import { createHook } from 'node:async_hooks';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createWebhookSender, type WebhookSenderOptions } from './send-webhook.ts';

const delivery = { headers: { 'webhook-id': 'm' }, body: '{}', signal: new AbortController().signal };

async function listen(listener: RequestListener): Promise<{ readonly port: number; count: number }> {
  const state = { port: 0, count: 0 };
  const server = createServer((request, response) => {
    state.count += 1;
    listener(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A listening TCP server's address is never a path.
  state.port = (server.address() as AddressInfo).port;
  return state;
}

function newSender(options: Partial<WebhookSenderOptions>) {
  const sender = createWebhookSender({ mayBePrivate: false, timeoutMs: 2_000, ...options });
  onTestFinished(() => sender[Symbol.dispose]());
  return sender;
}

/** A resolver that gives these answers in turn, the last one from then on. */
function resolving(...answers: readonly (readonly string[])[]): NonNullable<WebhookSenderOptions['resolve']> {
  let asked = 0;
  return (_host, _options, done) => {
    const found = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    done(
      null,
      found.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

describe('a name that resolves into the network of the service', () => {
  it.each([
    ['to loopback', ['127.0.0.1']],
    ['to loopback beside a public address', ['8.8.8.8', '127.0.0.1']],
    ['to IPv4 inside of IPv6', ['::ffff:127.0.0.1']],
    ['to the metadata service', ['169.254.169.254']],
  ])('is refused when it is saved and when it is sent: %s', async (_, addresses) => {
    const receiver = await listen((_request, response) => response.end());
    const sender = newSender({ resolve: resolving(addresses) });
    const url = `http://rebound.example.com:${receiver.port}/`;
    expect(await sender.refusalOf(url)).toContain('not public');
    expect(await sender.send(url, delivery)).toMatchObject({ error: expect.stringContaining('not public') });
    expect(receiver.count).toBe(0);
  });

  it('is refused at the connection, though it was public when it was saved', async () => {
    const receiver = await listen((_request, response) => response.end());
    const sender = newSender({ resolve: resolving(['8.8.8.8'], ['127.0.0.1']) });
    const url = `http://rebound.example.com:${receiver.port}/`;
    expect(await sender.refusalOf(url)).toBeUndefined();
    expect(await sender.send(url, delivery)).toMatchObject({ error: expect.stringContaining('not public') });
    expect(receiver.count).toBe(0);
  });

  it('is refused as an address in the URL, which is never resolved', async () => {
    const receiver = await listen((_request, response) => response.end());
    const sender = newSender({});
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', 'localhost']) {
      const result = await sender.send(`http://${host}:${receiver.port}/`, delivery);
      expect(result, host).toHaveProperty('error');
    }
    expect(receiver.count).toBe(0);
  });
});

describe('an attempt', () => {
  const sender = () => newSender({ mayBePrivate: true, timeoutMs: 300 });

  it('keeps the status and the first 1 KiB of the answer', async () => {
    const { port } = await listen((_request, response) => response.writeHead(201).end('x'.repeat(5_000)));
    expect(await sender().send(`http://127.0.0.1:${port}/`, delivery)).toMatchObject({
      ...{ status: 201, answer: 'x'.repeat(1_024), durationMs: expect.any(Number) },
    });
  });

  it('follows no redirect', async () => {
    const target = await listen((_request, response) => response.end());
    const location = `http://127.0.0.1:${target.port}/`;
    const { port } = await listen((_request, response) => response.writeHead(307, { location }).end());
    expect(await sender().send(`http://127.0.0.1:${port}/`, delivery)).toMatchObject({ status: 307 });
    expect(target.count).toBe(0);
  });

  it('ends in time with a receiver that does not answer, or is not there', async () => {
    const { port } = await listen(() => undefined);
    expect(await sender().send(`http://127.0.0.1:${port}/`, delivery)).toMatchObject({
      error: 'No answer within 0.3 s.',
    });
    expect(await sender().send('http://127.0.0.1:1/', delivery)).toHaveProperty('error');
  });

  it.each([
    [
      'switches the protocol',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    ],
    ['ends the connection', ''],
    ['speaks another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['has too long a head', `HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['goes on telling to wait', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1_000)],
  ])('ends with a receiver that %s', async (_, answer) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end(answer));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect(await sender().send(`http://127.0.0.1:${port}/`, delivery)).toMatchObject({
      ...{ error: expect.any(String), durationMs: expect.any(Number) },
    });
  });
});

it('resolves names by queries, which take no thread from others while a name server is silent', async () => {
  const resources: string[] = [];
  const hook = createHook({ init: (_id, type) => void resources.push(type) }).enable();
  onTestFinished(() => void hook.disable());
  const sender = newSender({ timeoutMs: 300 });
  expect(await sender.send('http://a.invalid/', delivery)).toHaveProperty('error');
  expect(await sender.refusalOf('http://b.invalid/')).toBeUndefined();
  expect(resources).toContain('QUERYWRAP');
  expect(resources).not.toContain('GETADDRINFOREQWRAP');
});
