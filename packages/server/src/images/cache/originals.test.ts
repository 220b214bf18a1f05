import { Readable } from 'node:stream';
import { defaultLimits, StorageError } from '@bkend/storage-contract';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bmp } from '../../../test/images/foreign-images.ts';
import { World } from '../../../test/images/running-host.ts';
import type { ObjectStore } from '../../files/object-store.ts';
import type { Canvas } from '../transform/canvas.ts';
import type { Original } from '../transform/original.ts';
import { Originals } from './originals.ts';

afterEach(() => vi.restoreAllMocks());

const info = { contentType: 'image/jpeg', etag: 'e', lastModified: new Date(0) };

function copyOf(sizeBytes: number): Canvas {
  const size = { width: sizeBytes, height: 1 };
  return { ...size, frames: 1, channels: 3, pixels: Buffer.alloc(sizeBytes), frameBox: size };
}

/** As if the collector had come by. */
function forgetEverythingInUse(original: Original): void {
  original.dropBytes();
  vi.spyOn(WeakRef.prototype, 'deref').mockReturnValueOnce(undefined);
}

/** Originals that are read from here, within 100 bytes. */
function within100() {
  const world = new World();
  const originals = new Originals({ objects: world.objects, limits: defaultLimits }, 100);
  const put = (name: string, sizeBytes: number) => world.put(name, Buffer.alloc(sizeBytes, name));
  return { world, originals, put };
}

describe('the bytes of an original', () => {
  const file = new World().put('app/dev/photo.jpg', Buffer.from('0123456789'));
  /** As an object store sends them that says this length. */
  const load = (body: Readable, sizeBytes: number) => {
    const objects: Pick<ObjectStore, 'get'> = { get: async () => ({ info: { ...info, sizeBytes }, body }) };
    return new Originals({ objects, limits: defaultLimits }, 1e6).of(file).bytes();
  };
  const inPieces = (pieces: readonly string[]) => Readable.from(pieces.map((piece) => Buffer.from(piece)));

  it('are read whole, in whatever pieces they come', async () => {
    expect((await load(inPieces(['0123', '', '456', '789']), 10)).toString()).toBe('0123456789');
    expect(await load(inPieces([]), 0)).toHaveLength(0);
  });

  it.each([
    ['common/unavailable', 9],
    ['common/unavailable', 11],
    ['file/file-too-large', defaultLimits.maxSourceImageBytes + 1],
  ])(
    'are refused with %s, and read no further, when the store says that they are %i',
    async (code, sizeBytes) => {
      const body = inPieces(['01234', '56789']);
      await expect(load(body, sizeBytes)).rejects.toMatchObject({ code });
      expect(body.destroyed).toBe(true);
    },
  );

  it('are read anew after that failed', async () => {
    const { world, originals, put } = within100();
    const a = put('a', 10);
    world.bytes.delete('a');
    await expect(originals.of(a).bytes()).rejects.toMatchObject({ code: 'file/not-found' });
    world.bytes.set('a', Buffer.from('there'));
    expect(String(await originals.of(a).bytes())).toBe('there');
  });
});

describe('originals', () => {
  it('are read once, for those who come meanwhile as well', async () => {
    const { world, originals, put } = within100();
    const a = put('a', 10);
    await Promise.all([originals.of(a).bytes(), originals.of(a).bytes()]);
    await originals.of(a).bytes();
    expect(world.reads).toBe(1);
  });

  it('are others once the file has changed', async () => {
    const { world, originals, put } = within100();
    const a = put('a', 10);
    const before = await originals.of(a).bytes();
    world.change('a', { etag: 'another' });
    expect(await originals.of({ ...a, etag: 'another' }).bytes()).not.toBe(before);
  });

  it('make room for those used later, first of all with their bytes', async () => {
    const { world, originals, put } = within100();
    const a = put('a', 20);
    await originals.of(a).bytes();
    await originals.of(a).reducedBy(3, async () => copyOf(5));
    for (const name of ['b', 'c', 'd', 'e']) await originals.of(put(name, 20)).bytes();
    expect(world.reads).toBe(5);
    const noCopy = () => Promise.reject(new Error('there was one'));
    expect((await originals.of(a).reducedBy(3, noCopy)).pixels).toHaveLength(5);
    forgetEverythingInUse(originals.of(a));
    await originals.of(a).bytes();
    expect(world.reads).toBe(6);
  });

  it('go with their copies in the end', async () => {
    const { originals, put } = within100();
    const a = put('a', 20);
    await originals.of(a).bytes();
    await originals.of(a).reducedBy(3, async () => copyOf(20));
    for (const name of 'bcdefghijklm') await originals.of(put(name, 20)).bytes();
    expect((await originals.of(a).reducedBy(3, async () => copyOf(7))).pixels).toHaveLength(7);
  });

  it('are not kept where they are too large, but for their copies', async () => {
    const { world, originals, put } = within100();
    const [a, b] = [put('a', 26), put('b', 20)];
    const noCopy = () => Promise.reject(new Error('there was one'));
    for (const file of [a, b]) {
      await originals.of(file).bytes();
      await originals.of(file).reducedBy(3, async () => copyOf(20));
      expect(originals.of(file).heldBytes).toBe(20);
      expect((await originals.of(file).reducedBy(3, noCopy)).pixels).toHaveLength(20);
    }
    expect(world.reads).toBe(2);
  });

  it('are not read again by those who still have the bytes', async () => {
    const { world, originals, put } = within100();
    const a = originals.of(put('a', 26));
    const bytes = await a.bytes();
    expect(await a.bytes()).toBe(bytes);
    expect(world.reads).toBe(1);
  });

  it('are read by the ETag on record, and refused when the store has other bytes', async () => {
    const wanted: unknown[] = [];
    const objects: Pick<ObjectStore, 'get'> = {
      get: async (_, bytes) => {
        wanted.push(bytes);
        throw new StorageError('common/unavailable', 'Other bytes.');
      },
    };
    const file = new World().put('a', Buffer.from('0123456789'));
    const original = new Originals({ objects, limits: defaultLimits }, 100).of(file);
    await expect(original.bytes()).rejects.toMatchObject({ code: 'common/unavailable' });
    expect(wanted).toEqual([{ etag: file.etag }]);
  });

  it('are forgotten, with what is made of them afterwards', async () => {
    const { world, originals, put } = within100();
    const a = put('a', 10);
    const before = originals.of(a);
    await before.bytes();
    originals.remove('a');
    await before.reducedBy(3, async () => copyOf(5));
    await originals.of(a).bytes();
    expect(world.reads).toBe(2);
    expect((await originals.of(a).reducedBy(3, async () => copyOf(7))).pixels).toHaveLength(7);
  });
});

it('an original that was evicted is decoded again by itself, when libvips does not read its format', async () => {
  const world = new World();
  const file = world.put('app/dev/a.bmp', bmp(10, 10), { mimeType: 'image/bmp' });
  const decode = () => async () => Buffer.from('a stand-in');
  const originals = new Originals({ objects: world.objects, limits: defaultLimits, decode }, 100_000);
  await originals.of(file).decodedBy(async () => Buffer.from('another'));
  originals.remove(file.key);
  expect(String(await originals.of(file).readable())).toBe('a stand-in');
});
