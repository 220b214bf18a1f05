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

/** The key of the object behind an index key. */
export function readObjectKey(bucket: string, indexKey: Buffer): string {
  return indexKey.toString('utf8', Buffer.byteLength(bucket) + 1);
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
