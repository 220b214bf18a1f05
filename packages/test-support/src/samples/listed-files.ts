import { buckets, categories, ownerTypes, sortFields, visibilities } from '@bkend/storage-contract';
import fc from 'fast-check';
import { ownerFor } from '../../../server/src/files/access.ts';
import type { File } from '../../../server/src/files/file.ts';
import { positionOf } from '../../../server/src/files/listing/list-cursor.ts';
import type { FileFilter, FileOrder, FilePosition } from '../../../server/src/files/listing/listing.ts';
import type { Caller } from '../../../server/src/identity/caller.ts';
import type { Tenant } from '../../../server/src/identity/tenant.ts';
import type { UploadRepository } from '../../../server/src/uploads/ports.ts';
import { insertFile } from './register-upload.ts';
import { admin, guest, later, newTenant, newUpload, user } from './samples.ts';

/** Users of {@link anyFile}. */
export const users = ['alice', 'bob', '한 "사람"'] as const;
const names = [
  'a.txt',
  'B.txt',
  'b.txt',
  'é.png',
  'e\u0301.png',
  '회의록 100%.pdf',
  '😀_\\.mp4',
  'a.txt.bak',
];
const types = ['image/png', 'image/svg+xml', 'text/plain', 'text/plain; charset=utf-8', 'imagex/png'];
const tags = ['x', 'y"{', '태그'];
/** Siblings sort between a folder and what lies below it. */
const folders = ['', 'a', 'a/b', 'a/b/c', 'a-b', 'a!', 'a0', 'ab', 'ㄱ/b'];

/** Few values of each, so that there are many ties and many matches. */
export const anyFile = fc.record({
  ownerId: fc.constantFrom(...users),
  ownerType: fc.constantFrom(...ownerTypes),
  visibility: fc.constantFrom(...visibilities),
  sharedWith: fc.subarray([...users]),
  originalName: fc.constantFrom(...names),
  folder: fc.constantFrom(...folders),
  mimeType: fc.constantFrom(...types),
  sizeBytes: fc.integer({ min: 1, max: 4 }),
  bucket: fc.constantFrom(...buckets),
  category: fc.constantFrom(...categories),
  tags: fc.subarray(tags),
  second: fc.integer({ min: 0, max: 3 }),
  scan: fc.constantFrom(undefined, undefined, 'passed' as const, 'pending' as const),
});

export type FileFields = typeof anyFile extends fc.Arbitrary<infer Fields> ? Fields : never;

/** The folder of a filter; the root is never recursive. */
export const anyFolder = fc.oneof(
  fc.record({ path: fc.constantFrom(...folders.slice(1)), isRecursive: fc.boolean() }),
  fc.constant({ path: '', isRecursive: false }),
);

export const anyFilter: fc.Arbitrary<FileFilter> = fc.record(
  {
    trash: fc.constant(true as const),
    visibility: fc.constantFrom(...visibilities),
    ownerId: fc.constantFrom(...users, 'nobody'),
    ownerType: fc.constantFrom(...ownerTypes),
    bucket: fc.constantFrom(...buckets),
    category: fc.constantFrom(...categories),
    mimeType: fc.constantFrom('image/*', 'image/png', 'text/plain', 'text/plain; charset=utf-8'),
    folder: anyFolder,
    isOwn: fc.constant(true as const),
    search: fc.constantFrom('a', 'B.T', 'É', 'e\u0301.', '회의', '%', '_', '\\', '😀', 'nowhere', 'txt'),
    tag: fc.constantFrom(...tags, 'z'),
    createdAfter: fc.integer({ min: 0, max: 3 }).map((second) => later(second)),
    createdBefore: fc.integer({ min: 0, max: 4 }).map((second) => later(second)),
    minSizeBytes: fc.integer({ min: 0, max: 4 }),
    maxSizeBytes: fc.integer({ min: 1, max: 5 }),
  },
  { requiredKeys: [] },
);

export const anyOrder: fc.Arbitrary<FileOrder> = fc.record({
  by: fc.constantFrom(...sortFields),
  direction: fc.constantFrom('asc', 'desc'),
});

/** Callers of every kind, of this tenant and of another. */
export function callersOf(tenant: Tenant): Caller[] {
  const others = newTenant();
  return [
    guest(tenant),
    admin(tenant),
    { ...admin(tenant), userId: users[0] },
    ...users.map((userId) => user(tenant, userId)),
    user(tenant, 'nobody'),
    admin(others),
    user(others, users[0]),
    guest(others),
  ];
}

/** Registers such a file. */
export async function storeFile(
  uploads: Pick<UploadRepository, 'insert' | 'claim' | 'register'>,
  tenant: Tenant,
  fields: FileFields,
): Promise<File> {
  const { tags, second, sizeBytes, mimeType, scan, ...rest } = fields;
  const upload = newUpload(tenant, { contentType: mimeType, sizeBytes });
  const registration = { ...rest, ...(scan && { scan }), metadata: { tags }, at: later(second) };
  return insertFile(uploads, admin(tenant), { upload, fields: registration });
}

/** The meaning of a filter, as a function. */
export function matches(caller: Caller, file: File, filter: FileFilter): boolean {
  const plain = (text: string) => text.normalize('NFC').toLowerCase();
  const {
    folder,
    mimeType: type,
    search,
    tag,
    createdAfter,
    createdBefore,
    minSizeBytes,
    maxSizeBytes,
  } = filter;
  return (
    (filter.trash === true) === (file.deletedAt !== undefined) &&
    (['visibility', 'ownerId', 'ownerType', 'bucket', 'category'] as const).every(
      (field) => filter[field] === undefined || filter[field] === file[field],
    ) &&
    // Before its scan a file is in the lists of no visibility; in the trash it has its own.
    (filter.visibility === undefined || file.deletedAt !== undefined || file.scan !== 'pending') &&
    (filter.isOwn === undefined || isOwn(caller, file)) &&
    (folder === undefined ||
      file.folder === folder.path ||
      (folder.isRecursive && file.folder.startsWith(`${folder.path}/`))) &&
    (type === undefined ||
      file.mimeType === type ||
      file.mimeType.startsWith(`${type};`) ||
      (type.endsWith('/*') && file.mimeType.startsWith(type.slice(0, -1)))) &&
    (search === undefined || plain(file.originalName).includes(plain(search))) &&
    (tag === undefined || (file.metadata.tags ?? []).includes(tag)) &&
    (createdAfter === undefined || file.createdAt >= createdAfter) &&
    (createdBefore === undefined || file.createdAt < createdBefore) &&
    (minSizeBytes === undefined || file.sizeBytes >= minSizeBytes) &&
    (maxSizeBytes === undefined || file.sizeBytes <= maxSizeBytes)
  );
}

function isOwn(caller: Caller, { ownerId, ownerType }: File): boolean {
  if (caller.kind === 'guest') return false;
  const own = ownerFor(caller);
  return own.ownerId === ownerId && own.ownerType === ownerType;
}

/** Compares two files as a list of this order does. */
export function compareIn(order: FileOrder): (a: File, b: File) => number {
  const sortedBy = (file: File) => positionOf(file, order).value;
  const bytes = (text: string) => Buffer.from(text);
  const compare = (a: FilePosition['value'], b: FilePosition['value']) =>
    typeof a === 'string' && typeof b === 'string' ? bytes(a).compare(bytes(b)) : Number(a) - Number(b);
  const sign = order.direction === 'asc' ? 1 : -1;
  return (a, b) => sign * (compare(sortedBy(a), sortedBy(b)) || compare(a.id, b.id));
}
