import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Storage } from '../src/node.ts';
import { seededBytes } from './seeded.ts';
import { downloadBytes, serviceUnderTest } from './service-under-test.ts';

const tested = serviceUnderTest();

/** Bytes that storage has after this upload. */
async function stored(...upload: Parameters<Storage['upload']>): Promise<Buffer> {
  const alice = tested.storageOf('alice');
  const { id } = await alice.upload(...upload);
  return downloadBytes(alice, id);
}

/** Yields bytes in chunks that share one buffer, and overwrites it. */
type Producer = (bytes: Buffer, chunkBytes: number) => AsyncIterable<Uint8Array>;

const producers: [string, Producer][] = [
  [
    'fills one buffer for all chunks',
    async function* (bytes, chunkBytes) {
      const memory = Buffer.alloc(chunkBytes);
      for (let start = 0; start < bytes.length; start += chunkBytes) {
        const length = bytes.copy(memory, 0, start);
        yield memory.subarray(0, length);
      }
      memory.fill(0);
    },
  ],
  [
    'overwrites a chunk a moment after it was yielded',
    (bytes, chunkBytes) => ({
      [Symbol.asyncIterator]: () => {
        let start = 0;
        const memory = Buffer.alloc(chunkBytes);
        return {
          async next() {
            const length = bytes.copy(memory, 0, start);
            start += length;
            setImmediate(() => memory.fill(0));
            return { done: length === 0, value: memory.subarray(0, length) };
          },
        };
      },
    }),
  ],
  [
    'is a Node stream over one buffer',
    (bytes, chunkBytes) => {
      const memory = Buffer.alloc(chunkBytes);
      let start = 0;
      // The stream buffers no chunk: it would be overwritten there.
      return new Readable({
        highWaterMark: 0,
        read() {
          const length = bytes.copy(memory, 0, start);
          start += length;
          this.push(length > 0 ? memory.subarray(0, length) : null);
        },
      });
    },
  ],
];

describe.each(producers)('a producer that %s', (_, produce) => {
  test.each([
    ['one PUT', 5000, 1000],
    ['one PUT, in uneven chunks', 1_000_003, 65_521],
    ['parts, in chunks that straddle them', 20 * 2 ** 20 + 5, 1_000_003],
    ['parts, in chunks larger than they are', 40 * 2 ** 20 + 5, 19 * 2 ** 20],
  ])('the stored bytes are those it yielded, in %s', async (_, length, chunkBytes) => {
    const bytes = seededBytes(length, length);
    expect((await stored(produce(bytes, chunkBytes))).equals(bytes)).toBe(true);
    expect((await stored(produce(bytes, chunkBytes), { size: length })).equals(bytes)).toBe(true);
  });

  test('the SHA-256 is that of the bytes it yielded', async () => {
    const bytes = seededBytes(7, 5000);
    const alice = tested.storageOf('alice');
    const { sha256 } = await alice.upload(produce(bytes, 1000), { sha256: true });
    expect(sha256).toBe((await alice.upload(bytes, { sha256: true })).sha256);
  });
});

describe('a stream', () => {
  test('a stream may yield views of any type, and each stands for its bytes', async () => {
    async function* views() {
      yield new Uint16Array([0x0101, 0x0202]);
      yield new DataView(new Uint8Array([3, 4, 5, 6]).buffer, 1, 2);
      yield new Uint8Array([7]).buffer;
      yield new Float32Array(0);
    }
    // The type allows bytes only.
    const bytes = await stored(views() as unknown as AsyncIterable<Uint8Array>);
    expect([...bytes]).toEqual([1, 1, 2, 2, 4, 5, 7]);
  });

  test('a stream of text may be cut inside a character', async () => {
    async function* letters() {
      yield* ['♪ \uD83C', '\uDFB5 \uD83C', '\uD83C\uDFB5'];
      yield Buffer.from('!');
      yield '\uD83C';
    }
    expect((await stored(letters())).toString()).toBe('♪ 🎵 \uFFFD🎵!\uFFFD');
  });
});
