import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSocket, speak, statusesIn } from '../../test-support/src/network/raw-http.ts';
import { createHost, type Host } from './create-host.ts';

let host: Host;
let url: string;
beforeAll(async () => {
  host = createHost({
    listener: (request, response) => void text(request).then((body) => response.end(body)),
    newRequestId: () => 'request',
    maxConnections: 10,
  });
  host.server.listen(0, '127.0.0.1');
  await once(host.server, 'listening');
  url = `http://127.0.0.1:${(host.server.address() as AddressInfo).port}`;
});
afterAll(() => host.connections.drain(0));

/** More than the buffers of both kernels take. */
const large = Buffer.alloc(64 * 1024 * 1024);

it('a host cuts clients that do not read their response, and neither those that read slowly nor those that it lets wait', async () => {
  const patient = createHost({
    listener: ({ url }, response) => void setTimeout(() => response.end(large), url === '/late' ? 1_500 : 0),
    newRequestId: () => 'request',
    maxConnections: 10,
    idleSeconds: 1,
  });
  patient.server.listen(0, '127.0.0.1');
  await once(patient.server, 'listening');
  const at = `http://127.0.0.1:${(patient.server.address() as AddressInfo).port}`;
  const ask = async (target = '/') => {
    const socket = await openSocket(at);
    socket.write(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    return socket;
  };
  const connected: Promise<Socket> = once(patient.server, 'connection').then(([socket]) => socket);
  const silent = await ask();
  silent.pause();
  await once(await connected, 'close');

  for (const target of ['/', '/late']) {
    const slow = await ask(target);
    let read = 0;
    slow.on('data', (chunk: Buffer) => {
      read += chunk.length;
      slow.pause();
      setTimeout(() => slow.resume(), 1);
    });
    await once(slow, 'close');
    expect(read).toBeGreaterThan(large.length);
  }
  silent.destroy();
  await patient.connections.drain(0);
}, 30_000);

describe('a host', () => {
  it('asks for the body of a client that waits for leave to send it, and answers', async () => {
    const answer = await speak(
      url,
      'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi',
      2_000,
    );
    expect(statusesIn(answer)).toEqual([100, 200]);
    expect(answer).toContain('hi');
  });

  it('passes over an expectation that it does not know', async () => {
    const answer = await speak(
      url,
      'POST / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi',
      2_000,
    );
    expect(statusesIn(answer)).toEqual([200]);
  });

  it('answers a request before it hangs up on what follows it', async () => {
    const answer = await speak(
      url,
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhiNONSENSE\r\n\r\n',
      2_000,
    );
    expect(statusesIn(answer)).toEqual([200]);
  });

  it.each(['gzip, chunked', 'gzip', 'identity', 'chunked, chunked', 'x-unknown, chunked'])(
    'refuses a body with the transfer coding "%s", and hangs up',
    async (coding) => {
      const answer = await speak(
        url,
        `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ${coding}\r\n\r\n2\r\nhi\r\n0\r\n\r\n`,
        5_000,
      );
      expect(statusesIn(answer)).toEqual([400]);
      expect(answer.toLowerCase()).toContain('connection: close');
    },
  );

  it('does not ask for the body of a request that it refuses', async () => {
    const answer = await speak(
      url,
      'POST / HTTP/1.1\r\nHost: a b\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
      2_000,
    );
    expect(statusesIn(answer)).toEqual([400]);
  });

  it('lets a client read a refusal that it gets while it still sends its body', async () => {
    await using refusing = await startRefusing();
    const socket = await openSocket(refusing.url);
    socket.pause();
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${large.length}\r\n\r\n`);
    // The client reads nothing before it has sent everything.
    socket.write(large.subarray(0, large.length / 2));
    // Longer than the interval in which slow and unwanted bodies are looked for.
    await sleep(1_500);
    await new Promise((resolve) => socket.write(large.subarray(large.length / 2), resolve));
    expect(statusesIn((await text(socket.setEncoding('latin1'))).toString())).toEqual([413]);
  });

  it('ignores requests behind a refusal that ends the connection', async () => {
    await using refusing = await startRefusing();
    const refused = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n';
    const socket = await openSocket(refusing.url);
    socket.write(refused);
    const answer = text(socket);
    setTimeout(() => socket.write('nine byte' + 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'), 100);
    expect(statusesIn(await answer)).toEqual([413]);
    expect(refusing.requests()).toBe(1);
  });
});

/** A host that refuses each request before it reads the body. */
async function startRefusing() {
  let requests = 0;
  const { server, connections } = createHost({
    listener: (_request, response) => {
      requests++;
      response.writeHead(413, { Connection: 'close', 'Content-Length': 2 });
      response.end('no');
    },
    newRequestId: () => 'request',
    maxConnections: 10,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    [Symbol.asyncDispose]: () => connections.drain(0),
  };
}
