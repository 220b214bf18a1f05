import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { scenery } from '../../../test/images/pictures.ts';
import { Original } from './original.ts';

describe('an original', () => {
  it('keeps of a header what is used, however much there is', async () => {
    const bytes = await sharp(scenery(80, 60))
      .withExif({ IFD0: { Copyright: 'somebody '.repeat(1000) } })
      .withIccProfile('p3')
      .jpeg()
      .toBuffer();
    const header = await new Original(async () => bytes).header();
    expect(header).toMatchObject({ autoOrient: { width: 80, height: 60 }, depth: 'uchar', space: 'srgb' });
    expect(Object.values(header).filter((value) => Buffer.isBuffer(value))).toEqual([]);
    expect(JSON.stringify(header).length).toBeLessThan(200);
  });

  it('makes a copy once for all who ask, and anew when that failed', async () => {
    const original = new Original(async () => Buffer.alloc(9));
    const canvas = {
      width: 1,
      height: 1,
      frames: 1,
      channels: 3,
      pixels: Buffer.alloc(3),
      room: { width: 1, height: 1 },
    } as const;
    const reduce = vi.fn(async () => canvas).mockRejectedValueOnce(new Error('broken'));
    await expect(original.reducedBy(3, reduce)).rejects.toThrow('broken');
    await Promise.all([original.reducedBy(3, reduce), original.reducedBy(3, reduce)]);
    expect(reduce).toHaveBeenCalledTimes(2);
    expect(original.heldBytes).toBe(3);
    await original.bytes();
    expect(original.heldBytes).toBe(12);
  });

  it('can let go of its bytes as they come', async () => {
    const read = vi.fn(async () => Buffer.alloc(9));
    const original: Original = new Original(read, () => original.letGoOfBytes());
    const bytes = await original.bytes();
    expect(bytes).toHaveLength(9);
    expect(original.heldBytes).toBe(0);
    expect(await original.bytes()).toBe(bytes);
    expect(original.heldBytes).toBe(0);
    expect(read).toHaveBeenCalledTimes(1);
  });
});
