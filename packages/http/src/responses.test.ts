import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { batchedEnd, FramedResponse, followResponses } from './responses.ts';

const smuggled = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON';

/** Bytes a raw client reads for two requests on one connection, until it ends or both answers are there. */
async function askTwice(listener: RequestListener): Promise<string> {
  const server = createServer({ ServerResponse: FramedResponse }, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address of this form.
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  let read = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    read += text;
  });
  await once(socket, 'close');
  server.closeAllConnections();
  server.close();
  return read;
}

/** Ways in which a route sends a body of some pieces. */
const ways: Record<string, (response: ServerResponse, pieces: readonly string[]) => unknown> = {
  'one end': (response, pieces) => response.end(pieces.join('')),
  'a batched end': (response, pieces) => batchedEnd(response, Buffer.from(pieces.join(''))),
  'writes and an end': (response, pieces) => {
    for (const piece of pieces) response.write(piece);
    response.end();
  },
  'a pipeline': (response, pieces) =>
    pipeline(Readable.from(pieces.map((piece) => Buffer.from(piece))), response).catch(() => {}),
};

const listen =
  (way: (typeof ways)[string], pieces: readonly string[]): RequestListener =>
  (request, response) => {
    if (request.url === '/b') {
      response.end('second');
      return;
    }
    response.writeHead(200, ['Content-Length', '10']);
    // Faults that the server makes on purpose.
    way(response, pieces);
  };

describe.each(Object.entries(ways))('a body sent by %s', (_, way) => {
  it('is sent whole when it has the declared length', async () => {
    const read = await askTwice(listen(way, ['01234', '56789']));
    expect(read.split('\r\n\r\n')[1]).toMatch(/^0123456789HTTP/);
    expect(read).toMatch(/second$/);
  });

  it.each([
    ['too long by an answer', ['01234', '56789', smuggled]],
    ['too long within one piece', [`0123456789${smuggled}`]],
    ['too short', ['01234']],
    ['empty', []],
  ])('cuts the connection when it is %s', async (_, pieces) => {
    const read = await askTwice(listen(way, pieces));
    expect(read.match(/HTTP\/1\.1/g)?.length ?? 0).toBeLessThanOrEqual(1);
    expect((read.split('\r\n\r\n')[1] ?? '').length).toBeLessThanOrEqual(10);
    expect(read).not.toContain('POISON');
    expect(read).not.toContain('second');
  });
});

describe('an answer without a body', () => {
  it.each([
    ['HEAD', 200],
    ['GET', 304],
  ])('to %s with status %i may name a length', async (method, status) => {
    const server = createServer({ ServerResponse: FramedResponse }, (_, response) => {
      response.writeHead(status, ['Content-Length', '10']);
      response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method });
    expect(answer.status).toBe(status);
    server.closeAllConnections();
    server.close();
  });
});

/** Ways in which a route waits while it answers. @returns settled once the response is over */
const waits: Record<string, (response: ServerResponse) => Promise<unknown>> = {
  'the event close': (response) => once(response, 'close'),
  'a pipeline': (response) =>
    pipeline(Readable.from([Buffer.alloc(100_000), Buffer.alloc(100_000)]), response).catch(() => {}),
  finished: (response) => finished(response).catch(() => {}),
};

describe.each(Object.entries(waits))('a route that waits for %s', (_, wait) => {
  it('goes on when its connection closes, also where responses before its own are due', async () => {
    const over: Promise<unknown>[] = [];
    const server = createServer({ ServerResponse: FramedResponse }, (_request, response) => {
      response.writeHead(200, ['Content-Length', '200000']);
      over.push(wait(response));
    });
    followResponses(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.pause().write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20));
    await expect.poll(() => over.length).toBeGreaterThan(1);
    socket.destroy();
    await Promise.all(over);
    server.close();
  });
});
