import { randomBytes } from 'node:crypto';

/**
 * A new name for stored bytes: 128 bits in hex, 48 of them the time in milliseconds, the others random.
 *
 * Time comes first so that new small values are appended to the index instead of scattered through it;
 * the random end spreads files evenly over directories.
 */
export function newBlobId(): string {
  const id = randomBytes(16);
  id.writeUIntBE(Date.now(), 0, 6);
  return id.toString('hex');
}
