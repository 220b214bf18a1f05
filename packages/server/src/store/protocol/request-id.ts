import { randomBytes } from 'node:crypto';

const prefix = randomBytes(4).toString('hex').toUpperCase();
let requests = 0;

/** Sixteen hex digits, like S3's own: half of them of this process, half counted, which is cheaper than randomness. */
export function newRequestId(): string {
  requests = (requests + 1) >>> 0;
  return prefix + requests.toString(16).toUpperCase().padStart(8, '0');
}
