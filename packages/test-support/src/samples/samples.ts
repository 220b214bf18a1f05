import { randomBytes, randomUUID } from 'node:crypto';
import type { Admin, Guest, User } from '../../../server/src/identity/caller.ts';
import type { Tenant } from '../../../server/src/identity/tenant.ts';
import { copyKeyOf, makeFileKey } from '../../../server/src/uploads/file-key.ts';
import type { Registration } from '../../../server/src/uploads/ports.ts';
import type { Upload } from '../../../server/src/uploads/upload.ts';

/** An instant to reckon from. */
export const noon = new Date('2026-05-01T12:00:00.000Z');

export function later(seconds: number, instant: Date = noon): Date {
  return new Date(instant.getTime() + seconds * 1000);
}

/** A tenant unique within the test. */
export function newTenant(): Tenant {
  return `p${randomUUID().slice(0, 8)}/dev`;
}

export function user(tenant: Tenant, userId: string): User {
  return { kind: 'user', tenant, userId, keyId: newId(), scopes: [] };
}

export function admin(tenant: Tenant): Admin {
  return { kind: 'admin', tenant, keyId: newId(), scopes: [] };
}

export function guest(tenant: Tenant): Guest {
  return { kind: 'guest', tenant, keyId: newId(), scopes: [] };
}

export function newUpload(tenant: Tenant, fields: Partial<Upload> = {}): Upload {
  const createdAt = fields.createdAt ?? noon;
  const category = fields.category ?? 'images';
  return {
    tenant,
    key: makeFileKey({ tenant, category, id: newId(), filename: 'photo.png', at: createdAt }),
    contentType: 'image/png',
    sizeBytes: 1_234,
    ownerId: 'alice',
    ownerType: 'user',
    folder: '',
    visibility: 'private',
    category,
    aborted: false,
    ...(fields.multipartId === undefined
      ? { isPending: true, urlEndsAt: later(15 * 60, createdAt) }
      : { isPending: false }),
    createdAt,
    expiresAt: later(24 * 60 * 60, createdAt),
    ...fields,
  };
}

/** The registration of that upload, as its owner would ask for it. */
export function registrationOf(upload: Upload, fields: Partial<Registration> = {}): Registration {
  const attempt = fields.attempt ?? randomUUID();
  return {
    id: newId(),
    upload,
    attempt,
    objectKey: upload.multipartId === undefined ? copyKeyOf(upload.key, attempt) : upload.key,
    originalName: 'photo.png',
    mimeType: upload.contentType,
    sizeBytes: upload.sizeBytes ?? 1,
    etag: 'd41d8cd98f00b204e9800998ecf8427e',
    bucket: 'files',
    metadata: {},
    sharedWith: [],
    at: later(60, upload.createdAt),
    ...fields,
  };
}

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
