import * as crypto from 'node:crypto';

// One call instead of three, and no object to collect: from Node 20.12 and 21.7 on.
const hash: ((algorithm: string, data: Uint8Array, encoding: 'hex') => string) | undefined = crypto.hash;

/** Lower-case hex SHA-256 of a text of one character per byte. */
export function sha256Hex(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  return hash?.('sha256', bytes, 'hex') ?? crypto.createHash('sha256').update(bytes).digest('hex');
}
