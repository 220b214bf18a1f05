import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openSocket, statusesIn } from '../../test-support/src/network/raw-http.ts';
import { createStoreServer } from './create-store-server.ts';

const idleSeconds = 0.3;

async function start(handler: RequestListener) {
  const { server, connections } = createStoreServer({ handler }, { idleSeconds });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => connections.drain(0),
  };
}

describe('the idle timeout of the store’s server', () => {
  it('does not cut an answer that the store works on', async () => {
    await using server = await start(async (_request, response) => {
      await sleep(3 * idleSeconds * 1000);
      response.end('done');
    });
    const socket = await openSocket(server.url);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(await text(socket)).toMatch(/done$/);
  });

  it('does not cut an upload whose bytes wait for the store', async () => {
    await using server = await start(async (request, response) => {
      await sleep(3 * idleSeconds * 1000);
      response.end(String((await text(request)).length));
    });
    const socket = await openSocket(server.url);
    const body = Buffer.alloc(16 * 1024 * 1024, 'x');
    socket.write(`PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body);
    expect(await text(socket)).toMatch(new RegExp(`${body.length}$`));
  });

  it('cuts a connection without a request, and one whose client stops in its body', async () => {
    await using server = await start(() => {});
    for (const begun of ['', 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n']) {
      const socket = await openSocket(server.url);
      if (begun !== '') socket.write(begun);
      expect(statusesIn(await text(socket))).toEqual([]);
    }
  });
});
