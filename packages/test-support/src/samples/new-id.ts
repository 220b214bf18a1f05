import { randomBytes } from 'node:crypto';

let latest = { milliseconds: 0, count: 0 };

/**
 * A UUIDv7 as the service makes them (RFC 9562, section 5.7): 48 bits of time, then 12 bits that count within one
 * millisecond, so that ids are in the order in which they were made.
 */
export function newId(): string {
  const now = Date.now();
  latest =
    now > latest.milliseconds
      ? { milliseconds: now, count: 0 }
      : { milliseconds: latest.milliseconds, count: latest.count + 1 };
  const bytes = randomBytes(16);
  bytes.writeUIntBE(latest.milliseconds, 0, 6);
  bytes.writeUInt16BE(0x7000 + latest.count, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
