import { randomFillSync } from 'node:crypto';

/** How names become index keys. Bucket names and ids have no NUL, so that it can end them. */
const nul = Buffer.from([0]);

/** More than any key has: bucket, object and upload id with what stands between them. LMDB takes no longer ones. */
export const maxKeyBytes = 1200;

export function bucketKey(bucket: string): Buffer {
  return Buffer.from(bucket);
}

/** All of a bucket's objects or uploads begin with this. */
export function bucketPrefix(bucket: string): Buffer {
  return Buffer.concat([Buffer.from(bucket), nul]);
}

export function objectKey(bucket: string, key: string): Buffer {
  return Buffer.from(`${bucket}\0${key}`);
}

const beyondAscii = /[^\0-\x7f]/;

/** `nameOf(objectKey(bucket, key))`; of the usual ASCII keys without making the key, which takes twice as long. */
export function nameOfObject(bucket: string, key: string): string {
  const text = `${bucket}\0${key}`;
  return beyondAscii.test(text) ? nameOf(Buffer.from(text)) : text;
}

/** An index key as a string: Latin-1 keeps every byte, and maps compare strings faster than buffers. */
export function nameOf(key: Buffer): string {
  return key.toString('latin1');
}

/** Behind the object's key and a NUL: the uploads of one key stand together, the oldest first. */
export function uploadKey(bucket: string, key: string, uploadId: string): Buffer {
  return Buffer.concat([objectKey(bucket, key), nul, idKey(uploadId)]);
}

export function readUploadKey(bucket: string, indexKey: Buffer): { key: string; uploadId: string } {
  // Counted from the end, because an object's key may contain a NUL.
  const idStart = indexKey.length - 16;
  return {
    key: indexKey.toString('utf8', Buffer.byteLength(bucket) + 1, idStart - 1),
    uploadId: indexKey.toString('hex', idStart),
  };
}

export function idKey(id: string): Buffer {
  return Buffer.from(id, 'hex');
}

export function isId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

export function partKey(uploadId: string, partNumber: number): Buffer {
  const number = Buffer.alloc(2);
  number.writeUInt16BE(partNumber);
  return Buffer.concat([idKey(uploadId), number]);
}

export function accessKeyKey(accessKeyId: string): Buffer {
  return Buffer.from(accessKeyId);
}

/** Drawing many random bytes costs hardly more than drawing a few. */
const pool = Buffer.alloc(4096);
let poolAt = pool.length;

/**
 * A new name for stored bytes: 128 bits in hex, 48 of them the time in milliseconds, the others random.
 *
 * Time comes first so that new small values are appended to the index instead of scattered through it;
 * the random end spreads files evenly over directories.
 */
export function newId(): string {
  if (poolAt === pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  const id = pool.subarray(poolAt, poolAt + 16);
  poolAt += 16;
  id.writeUIntBE(Date.now(), 0, 6);
  return id.toString('hex');
}
