import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { photograph, scenery } from '../../../test/images/sample-images.ts';
import { Original } from './original.ts';

describe('an original', () => {
  it('keeps the used fields of a header alone', async () => {
    const bytes = await sharp(scenery(80, 60))
      .withExif({ IFD0: { Copyright: 'a photographer '.repeat(1000) } })
      .withIccProfile('p3')
      .jpeg()
      .toBuffer();
    const header = await new Original(async () => bytes).header();
    expect(header).toMatchObject({ autoOrient: { width: 80, height: 60 }, depth: 'uchar', space: 'srgb' });
    expect(Object.values(header).filter((value) => Buffer.isBuffer(value))).toEqual([]);
    expect(JSON.stringify(header).length).toBeLessThan(200);
  });

  it('makes a copy once for all concurrent requests, and again after a failure', async () => {
    const original = new Original(async () => Buffer.alloc(9));
    const canvas = {
      width: 1,
      height: 1,
      frames: 1,
      channels: 3,
      pixels: Buffer.alloc(3),
      frameBox: { width: 1, height: 1 },
    } as const;
    const reduce = vi.fn(async () => canvas).mockRejectedValueOnce(new Error('broken'));
    await expect(original.reducedBy(3, reduce)).rejects.toThrow('broken');
    await Promise.all([original.reducedBy(3, reduce), original.reducedBy(3, reduce)]);
    expect(reduce).toHaveBeenCalledTimes(2);
    expect(original.heldBytes).toBe(3);
    await original.bytes();
    expect(original.heldBytes).toBe(12);
  });

  it('knows JPEG with arithmetic coding, whatever stands before its frame header', async () => {
    const isArithmetic = async (bytes: Buffer) => (await new Original(async () => bytes).kind()).isArithmetic;
    // Made by `jpegtran -arithmetic`.
    const arithmetic = await readFile(join(import.meta.dirname, '../../../test/images/arithmetic.jpg'));
    const huffman = await photograph(48, 32);
    // A comment with the marker of an arithmetic frame in it, and bytes that libjpeg skips.
    const comment = Buffer.from([0xff, 0xfe, 0, 6, 0xff, 0xc9, 0xff, 0xca]);
    const skipped = Buffer.concat([comment, Buffer.from([0, 1, 2, 0xff, 0xff])]);
    const withPrefix = (bytes: Buffer, prefix: Buffer) =>
      Buffer.concat([bytes.subarray(0, 2), prefix, bytes.subarray(2)]);
    for (const prefix of [Buffer.alloc(0), comment, skipped]) {
      expect(await isArithmetic(withPrefix(arithmetic, prefix))).toBe(true);
      expect(await isArithmetic(withPrefix(huffman, prefix))).toBe(false);
    }
    expect(await isArithmetic(arithmetic.subarray(0, 20))).toBe(false);
  });

  it('can drop its bytes as they arrive', async () => {
    const read = vi.fn(async () => Buffer.alloc(9));
    const original: Original = new Original(read, () => original.dropBytes());
    const bytes = await original.bytes();
    expect(bytes).toHaveLength(9);
    expect(original.heldBytes).toBe(0);
    expect(await original.bytes()).toBe(bytes);
    expect(original.heldBytes).toBe(0);
    expect(read).toHaveBeenCalledTimes(1);
  });
});
