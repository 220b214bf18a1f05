import { randomFillSync } from 'node:crypto';

/** Drawing many random bytes costs hardly more than drawing a few. */
const pool = Buffer.alloc(4096);
let poolAt = pool.length;

/**
 * A new name for stored bytes: 128 bits in hex, 48 of them the time in milliseconds, the others random.
 *
 * Time comes first so that new small values are appended to the index instead of scattered through it;
 * the random end spreads files evenly over directories.
 */
export function newBlobId(): string {
  if (poolAt === pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  const id = pool.subarray(poolAt, poolAt + 16);
  poolAt += 16;
  id.writeUIntBE(Date.now(), 0, 6);
  return id.toString('hex');
}
