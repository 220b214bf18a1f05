import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningHost, startHost, World } from '../../../test/images/running-host.ts';
import { plain } from '../../../test/images/sample-images.ts';

const key = 'app/dev/images/photo.png';
const smuggled = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON';

let world: World;
let host: RunningHost;
let registered: Buffer;
beforeEach(async () => {
  world = new World();
  registered = await plain('red');
  world.put(key, registered, { mimeType: 'image/png' });
  host = await startHost(world);
});
afterEach(() => host[Symbol.asyncDispose]());

/** All that one connection answers to a request for the original and another one behind it. */
async function readTwo(first: string): Promise<string> {
  const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`${first}Host: h\r\n\r\nGET /none HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
  let read = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    read += text;
  });
  await once(socket, 'close');
  return read;
}

const statusesOf = (text: string) =>
  Array.from(text.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status));

const stored = {
  longer: (bytes: Buffer) => Buffer.concat([bytes, Buffer.from(smuggled)]),
  shorter: (bytes: Buffer) => bytes.subarray(0, 20),
  'as long': (bytes: Buffer) => Buffer.alloc(bytes.length, smuggled),
} as const;

describe.each(Object.entries(stored))('an original whose stored bytes are %s', (_, replace) => {
  it.each(['GET', 'HEAD'])('and have another ETag is refused to %s, without a validator', async (method) => {
    world.bytes.set(key, replace(registered));
    world.etags.set(key, 'other');
    const answer = await fetch(`${host.url}/${key}`, { method });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('etag')).toBeNull();
    expect((await fetch(`${host.url}/50x50/${key}`)).status).toBe(503);
  });

  it.each(['', 'Range: bytes=0-9\r\n', 'Range: bytes=-9\r\n'])(
    'than the store says of them, with %j, frames no other answer',
    async (range) => {
      const said = registered.length;
      world.objects.get = async () => ({
        info: {
          sizeBytes: said,
          contentType: '',
          etag: world.files.get(key)?.etag ?? '',
          lastModified: world.now,
        },
        body: Readable.from([replace(registered)]),
      });
      const read = await readTwo(`GET /${key} HTTP/1.1\r\n${range}`);
      expect(read).not.toContain('POISON\r\n');
      // Cut before anything was sent.
      if (read === '') return;
      const [head = '', ...body] = read.split('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
      const bytes = body.join('\r\n\r\n');
      // Whole, with the next answer right behind it, or cut off within.
      if (statusesOf(read).length > 1 && bytes.length > length)
        expect(bytes.indexOf('HTTP/1.1 404')).toBe(length);
      else expect(bytes.length).toBeLessThanOrEqual(length);
    },
  );
});
