import { createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  clamdMarkers,
  type FakeClamd,
  startFakeClamd,
} from '../../../test-support/src/network/fake-clamd.ts';
import { ScannerAway } from '../jobs/scanning.ts';
import { createClamd } from './clamd.ts';

const MiB = 1024 * 1024;
let daemon: FakeClamd;

beforeEach(async () => {
  daemon = await startFakeClamd({ maxBytes: 4 * MiB });
});
afterEach(() => daemon[Symbol.asyncDispose]());

const port = (url: string) => Number(new URL(url).port);
const client = () => createClamd({ address: { host: '127.0.0.1', port: port(daemon.url) }, answerMs: 500 });
const stream = (text: string) => async () => Readable.from([Buffer.from(text)]);

describe('a client of clamd', () => {
  it('tells clean, infected and too large streams apart, and one of no bytes', async () => {
    expect(await client().scan(stream('hello'))).toEqual({ outcome: 'clean' });
    expect(await client().scan(async () => Readable.from([]))).toEqual({ outcome: 'clean' });
    const infected = await client().scan(stream(`hello ${clamdMarkers.infected}`));
    expect(infected).toEqual({ outcome: 'infected', signature: 'Bkend.Test.Marker' });
    const chunks = Array.from({ length: 80 }, () => Buffer.alloc(64 * 1024));
    expect(await client().scan(async () => Readable.from(chunks))).toEqual({ outcome: 'too-large' });
    await client().ping();
  });

  it('takes a daemon that is not there, or hangs up, for one that is away', async () => {
    await expect(client().scan(stream(clamdMarkers.hangsUp))).rejects.toThrow(ScannerAway);
    await daemon.goAway();
    await expect(client().scan(stream('hello'))).rejects.toThrow(ScannerAway);
    await expect(client().ping()).rejects.toThrow(ScannerAway);
  });

  it('passes on what fails in the stream of the store', async () => {
    const broken = new Readable({
      read() {
        this.destroy(new Error('the store broke off'));
      },
    });
    await expect(client().scan(async () => broken)).rejects.toThrow('the store broke off');
  });

  it('takes no other answer for a verdict', async () => {
    for (const text of ['stream: ', 'stream: OK FOUND?', 'COMMAND READ TIMED OUT', 'x'.repeat(10_000)]) {
      await using other = await answering((socket) => void socket.end(text));
      await expect(other.client.scan(stream('hello'))).rejects.toThrow(Error);
    }
    await using limits = await answering(
      (socket) => void socket.end('stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0'),
    );
    expect(await limits.client.scan(stream('hello'))).toEqual({ outcome: 'too-large' });
  });

  it('takes no stream for clean that the daemon has not had to its end', async () => {
    await using early = await answering((socket) => void socket.end('stream: OK\0'));
    const chunks = () => Array.from({ length: 80 }, () => Buffer.alloc(64 * 1024));
    await expect(early.client.scan(async () => Readable.from(chunks()))).rejects.toThrow('has not had');
  });

  it('waits no longer than its timeouts: for a connection that takes no bytes, and for a verdict', async () => {
    await using silent = await answering(() => undefined);
    await expect(silent.client.scan(stream('hello'))).rejects.toThrow('does not answer within 200 ms');
    await expect(silent.client.ping()).rejects.toThrow(ScannerAway);
    await using deaf = await answering((socket) => void socket.pause());
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(MiB);
      })(),
    );
    await expect(deaf.client.scan(async () => endless)).rejects.toThrow('does not answer within 200 ms');
    // The kernel's buffers and one chunk are all that was read.
    expect(endless.readableLength).toBeLessThanOrEqual(16);
  });
});

/** A daemon that does this with each connection once its first bytes are there. */
async function answering(answer: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It does not listen on a port.');
  return {
    client: createClamd({
      address: { host: '127.0.0.1', port: address.port },
      ...{ answerMs: 200, idleMs: 200, verdictMs: 200 },
    }),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
