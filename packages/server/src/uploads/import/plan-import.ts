import { createHash } from 'node:crypto';
import { categories, invalidParameters, type Limits, StorageError } from '@bkend/storage-contract';
import { type File, isFileId, type Owner } from '../../files/file.ts';
import { requireMetadata } from '../../files/file-metadata.ts';
import { requireFileName } from '../../files/file-name.ts';
import { requireFolder } from '../../files/folders/folder-path.ts';
import {
  defaultCategoryOf,
  normaliseMimeType,
  requireMimeType,
  requireTypeOfCategory,
} from '../../files/mime-type.ts';
import { sortNameOf } from '../../files/sort-name.ts';
import { isUserId } from '../../identity/caller.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { EnvironmentSettings } from '../../projects/settings-table.ts';
import { fileIdOf, isGivenKey, makeFileKey, tenantOfFileKey } from '../file-key.ts';
import type { ImportRecord } from './import-entry.ts';

/** A file before its bytes are written. */
export interface PlannedFile {
  readonly file: Omit<File, 'objectKey' | 'sizeBytes' | 'etag'>;
  /** The key that its object keys begin with. */
  readonly baseKey: string;
  readonly announcedBytes?: number;
}

/** The identity of a file, by which a second run finds it. */
export interface ImportIdentity {
  readonly id: string;
  /** The key that the source gives it. */
  readonly givenKey?: string;
}

/**
 * Finds the id and key of a record, the same in every run.
 * @param source the name of its bytes
 * @throws `common/invalid-parameters`, `file/s3-key-too-long`, `file/invalid-path`
 */
export function identifyImport(
  { limits, tenant }: { readonly limits: Pick<Limits, 'maxKeyBytes'>; readonly tenant: Tenant },
  record: ImportRecord,
  source: string,
): ImportIdentity {
  const { id, s3Key: givenKey } = record;
  if (id !== undefined && !isFileId(id)) {
    throw invalidParameters([{ field: 'id', message: 'is a UUID; leave it out to have one derived' }]);
  }
  if (givenKey !== undefined) requireGivenKey(givenKey, limits.maxKeyBytes);
  const given = givenKey !== undefined ? { givenKey } : {};
  if (id !== undefined) return { id: id.toLowerCase(), ...given };
  if (givenKey !== undefined && tenantOfFileKey(givenKey) === tenant) {
    return { id: fileIdOf(givenKey), givenKey };
  }
  const { originalName, folder = '', ownerId = '' } = record;
  const name = givenKey === undefined ? ['source', source, folder, originalName, ownerId] : ['key', givenKey];
  return { id: derivedId(JSON.stringify([tenant, ...name])), ...given };
}

/** A UUID made of a hash (RFC 9562, section 5.8). */
function derivedId(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function requireGivenKey(key: string, maxBytes: number): void {
  if (Buffer.byteLength(key) > maxBytes) {
    throw new StorageError('file/s3-key-too-long', `A key has at most ${maxBytes} bytes.`, {
      details: { maxBytes },
    });
  }
  if (!isGivenKey(key)) {
    throw new StorageError(
      'file/invalid-path',
      'A key is a path: without control characters, empty, "." or ".." segments, "/" at an end.',
    );
  }
}

export interface PlanImportOptions {
  readonly tenant: Tenant;
  readonly limits: Limits;
  readonly settings: EnvironmentSettings;
  /** The owner of files whose source names none. */
  readonly defaultOwner: Owner;
  /** New ids of owners, by those of the source; others stay. */
  readonly owners: ReadonlyMap<string, string>;
  readonly now: Date;
}

/**
 * Makes a record a file, by the rules that hold for uploads.
 * @throws the codes of name, folder, type and metadata, `common/invalid-parameters`
 */
export function planImport(
  record: ImportRecord & { readonly mimeType: string },
  { id, givenKey }: ImportIdentity,
  { tenant, limits, settings, defaultOwner, owners, now }: PlanImportOptions,
): PlannedFile {
  const { originalName, folder = '', mimeType, metadata = {}, sharedWith = [], width, height, size } = record;
  requireFileName(originalName, limits.maxNameBytes);
  requireFolder(folder, limits.maxNameBytes);
  requireMimeType(mimeType, limits.maxMimeTypeBytes);
  requireMetadata(metadata, limits);
  const isOwnKey = givenKey !== undefined && tenantOfFileKey(givenKey) === tenant;
  const category =
    record.category ?? (isOwnKey ? categoryOfKey(givenKey) : undefined) ?? defaultCategoryOf(mimeType);
  requireTypeOfCategory(mimeType, category);
  const owner = record.ownerId === undefined ? defaultOwner : ownerOf(record.ownerId, record, owners);
  const users = sharedWith.map((user) => owners.get(user) ?? user);
  if (users.length > limits.maxSharedWith || !users.every(isUserId)) {
    throw invalidParameters([
      { field: 'sharedWith', message: `has at most ${limits.maxSharedWith} ids of users` },
    ]);
  }
  const createdAt = readDate('createdAt', record.createdAt) ?? now;
  const made = makeFileKey({ tenant, category, id, filename: originalName, at: createdAt });
  return {
    file: {
      id,
      tenant,
      key: givenKey ?? made,
      originalName,
      sortName: sortNameOf(originalName),
      folder,
      mimeType: normaliseMimeType(mimeType),
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
      visibility: record.visibility ?? settings['uploads.defaultVisibility'],
      bucket: record.bucket ?? 'files',
      category,
      metadata,
      ...owner,
      sharedWith: [...new Set(users)].sort(),
      version: 1,
      versionId: id,
      createdAt,
      updatedAt: readDate('updatedAt', record.updatedAt) ?? createdAt,
    },
    baseKey: isOwnKey ? givenKey : made,
    ...(size !== undefined && { announcedBytes: size }),
  };
}

function categoryOfKey(key: string) {
  const name = key.split('/')[2];
  return categories.find((category) => category === name);
}

function ownerOf(
  ownerId: string,
  { ownerType = 'user' }: ImportRecord,
  owners: ReadonlyMap<string, string>,
): Owner {
  const mapped = owners.get(ownerId) ?? ownerId;
  if (isUserId(mapped)) return { ownerId: mapped, ownerType };
  throw invalidParameters([{ field: 'ownerId', message: 'is an id of 1 to 255 characters' }]);
}

/** Dates whose year has four digits, as keys have it. */
const earliest = Date.UTC(1970, 0, 1);
const latest = Date.UTC(9999, 11, 31);

function readDate(field: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const date = new Date(text);
  if (date.getTime() >= earliest && date.getTime() <= latest) return date;
  throw invalidParameters([{ field, message: 'is a date such as 2026-01-31T09:00:00.000Z' }]);
}
