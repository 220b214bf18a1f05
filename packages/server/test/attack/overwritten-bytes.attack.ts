import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { overwrite, poison, type Replacement, replacements } from './overwritten-bytes.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startService();
}, 60_000);
afterAll(() => service[Symbol.asyncDispose]());

/** All that one connection answers to requests sent at once, the last of which ends it. */
async function pipeline(origin: string, requests: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(requests.map((line) => `${line}\r\nHost: ${hostname}:${port}\r\n`).join('\r\n'));
  socket.write('Connection: close\r\n\r\n');
  let read = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    read += text;
  });
  await once(socket, 'close');
  return read;
}

describe.each(Object.keys(replacements) as Replacement[])(
  'a file whose stored bytes are %s',
  (replacement) => {
    it.each([
      ['GET', ''],
      ['GET', 'Range: bytes=0-99999\r\n'],
      ['GET', 'Range: bytes=-10\r\n'],
      ['HEAD', ''],
    ])('is refused to %s %s, and frames no other answer', async (method, range) => {
      const file = await overwrite(service, { replacement });
      const { origin, pathname } = new URL(file.url ?? '');
      const first = `${method} ${pathname} HTTP/1.1\r\n${range}`.trimEnd();
      const read = await pipeline(origin, [first, 'GET /no/such/key.jpg HTTP/1.1']);
      expect(read).not.toContain(poison);
      const statuses = Array.from(read.matchAll(/^HTTP\/1\.1 (\d+)/gm), ([, status]) => Number(status));
      expect(statuses).toEqual([503, 404]);
      expect(read.split('\r\n\r\n')[0]).not.toContain(file.etag);
    });

    it('gives no image, and no validator of one', async () => {
      const file = await overwrite(service, { replacement });
      const { origin, pathname } = new URL(file.url ?? '');
      const made = await fetch(`${origin}/100x100${pathname}`);
      expect(made.status).toBe(503);
      expect(made.headers.get('etag')).toBeNull();
      expect(made.headers.get('cache-control')).toBe('no-store');
    });
  },
);
