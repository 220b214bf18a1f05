import { describe, expect, it } from 'vitest';
import { SlabPool } from './blob-writer.ts';

describe('the pool of buffers', () => {
  it('makes no new ones while no more are needed than before, however many that is', () => {
    const pool = new SlabPool();
    const taken = Array.from({ length: 60 }, () => pool.take());
    const known = new Set(taken);
    for (let turn = 0; turn < 200; turn++) {
      const slab = taken.shift();
      if (slab !== undefined) pool.giveBack(slab);
      taken.push(pool.take());
    }
    expect(taken.every((slab) => known.has(slab))).toBe(true);
  });

  it('is scarce while many are taken', () => {
    const pool = new SlabPool();
    const taken = Array.from({ length: 60 }, () => pool.take());
    expect(pool.isScarce).toBe(true);
    for (const slab of taken) pool.giveBack(slab);
    expect(pool.isScarce).toBe(false);
  });
});
