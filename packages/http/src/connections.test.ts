import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openSocket } from '../../test-support/src/network/raw-http.ts';
import { type ConnectionRules, Connections } from './connections.ts';

let server: Server | undefined;
afterEach(() => server?.closeAllConnections());

async function listen(listener: RequestListener, rules: Partial<ConnectionRules> = {}) {
  server = createServer(listener);
  const connections = new Connections(server, { maxConnections: 100, ...rules });
  server.on('checkContinue', listener);
  server.on('clientError', (_error, socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address of this form.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { connections, url };
}

const head = (length: number) => `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\n\r\n`;
/** Whether cut or ended. */
const closed = (socket: Socket) => new Promise((resolve) => socket.resume().once('close', resolve));
const bodies = { graceSeconds: 1, minBytesPerSecond: 100 };

describe('the connections of a host', () => {
  it('end when a body comes more slowly than it must, and stay for one that does not', async () => {
    const { url } = await listen(
      (request, response) => {
        request.resume().on('end', () => response.end('done'));
      },
      { bodies },
    );
    const [slow, silent, steady] = await Promise.all([openSocket(url), openSocket(url), openSocket(url)]);
    slow.write(head(1_000));
    silent.write(head(1_000));
    steady.write(head(2_000));
    const drops = setInterval(() => {
      slow.write('x');
      steady.write('x'.repeat(100));
    }, 200);
    let answer = '';
    steady.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
    });
    await Promise.all([closed(slow), closed(silent)]);
    while (!answer.includes('done')) await once(steady, 'data');
    clearInterval(drops);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('are cut when a body is sent that was refused, after some megabytes of it', async () => {
    const { url } = await listen((_request, response) => response.writeHead(401).end());
    const socket = await openSocket(url);
    socket.write(head(1e12));
    const chunk = Buffer.alloc(256 * 1024);
    const flood = setInterval(() => socket.writable && socket.write(chunk), 5);
    await closed(socket);
    clearInterval(flood);
    expect(socket.bytesWritten).toBeLessThan(1e9);
  });

  it('take no more than there may be', async () => {
    const { url } = await listen((_request, response) => response.end(), { maxConnections: 2 });
    const kept = [await openSocket(url), await openSocket(url)];
    await closed(await openSocket(url));
    expect(kept.every(({ destroyed }) => !destroyed)).toBe(true);
  });

  it('drain at once where no request is in progress, and when its answer is sent where one is', async () => {
    let finish = () => {};
    const { connections, url } = await listen((_request, response) => {
      finish = () => response.end('the whole answer');
    });
    const [idle, half, busy] = await Promise.all([openSocket(url), openSocket(url), openSocket(url)]);
    half.write('GET / HTTP/1.1\r\nHo');
    busy.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    let answer = '';
    busy.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
    });
    await once(server as Server, 'request');
    const drained = connections.drain(30_000);
    await Promise.all([closed(idle), closed(half)]);
    expect(busy.destroyed).toBe(false);
    finish();
    await Promise.all([drained, closed(busy)]);
    expect(answer).toContain('the whole answer');
  });

  it('are cut when the time to drain is over', async () => {
    const { connections, url } = await listen(() => {});
    const socket = await openSocket(url);
    socket.write(head(10));
    await once(server as Server, 'request');
    const startedAt = performance.now();
    await Promise.all([connections.drain(300), closed(socket)]);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('know when a refusal would be taken for another answer', async () => {
    const sockets: Socket[] = [];
    const { connections, url } = await listen((request, response) => {
      if (request.url === '/answer') response.end('answered');
      else if (request.url === '/begin') response.write('begun');
    });
    server?.on('connection', (socket) => sockets.push(socket));
    const canRefuse = async (bytes: string) => {
      const socket = await openSocket(url);
      socket.write(bytes);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const [last] = sockets.slice(-1);
      const can = last !== undefined && connections.canRefuse(last);
      socket.destroy();
      return can;
    };
    expect(await canRefuse('')).toBe(true);
    expect(await canRefuse('GET /wa')).toBe(true);
    expect(await canRefuse('POST /wait HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx')).toBe(true);
    expect(await canRefuse('GET /answer HTTP/1.1\r\nHost: h\r\n\r\nGET')).toBe(true);
    expect(await canRefuse('POST /answer HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx')).toBe(false);
    expect(await canRefuse('POST /begin HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx')).toBe(false);
    expect(await canRefuse('GET /wait HTTP/1.1\r\nHost: h\r\n\r\nGET')).toBe(false);
    const pipelined =
      'GET /wait HTTP/1.1\r\nHost: h\r\n\r\nPOST /wait HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx';
    expect(await canRefuse(pipelined)).toBe(false);
  });
});
