/** Readers of a file; `docs/http-api.md`, Access, has the rules. */
export const visibilities = ['public', 'private', 'protected', 'shared'] as const;
export type Visibility = (typeof visibilities)[number];

/** Use of a file; part of its key. */
export const categories = [
  'images',
  'documents',
  'media',
  'attachments',
  'exports',
  'backups',
  'temp',
] as const;
export type Category = (typeof categories)[number];

/** The kinds of types that a category takes; one that is not listed takes any type. */
export const typesOfCategory: { readonly [Name in Category]?: readonly `${string}/*`[] } = {
  images: ['image/*'],
  media: ['audio/*', 'video/*'],
};

/** The published client's own grouping, kept as given; it has no effect on where bytes are stored. */
export const buckets = ['avatars', 'documents', 'media', 'files', 'images', 'temp'] as const;
export type Bucket = (typeof buckets)[number];

/** Kinds of owners, as published. The service itself sets `user` and, for a secret key alone, `service`. */
export const ownerTypes = ['user', 'session', 'service', 'public'] as const;
export type OwnerType = (typeof ownerTypes)[number];

/** Fields that lists can be sorted by. */
export const sortFields = ['createdAt', 'updatedAt', 'originalName', 'size', 'mimeType'] as const;
export type SortField = (typeof sortFields)[number];

/** Directions of sorting. */
export const sortDirections = ['asc', 'desc'] as const;
export type SortDirection = (typeof sortDirections)[number];

/** Values of `Content-Disposition` that a download can ask for (RFC 6266). */
export const dispositions = ['attachment', 'inline'] as const;
export type Disposition = (typeof dispositions)[number];

/** Types of events. Those of files are written in the transaction of the change; `docs/events.md` has the rules. */
export const eventTypes = [
  'file.created',
  'file.updated',
  'file.content-replaced',
  'file.scanned',
  'file.shared',
  'file.unshared',
  'file.trashed',
  'file.restored',
  'file.deleted',
  'file.refused',
  'upload.refused',
  'upload.expired',
  'quota.reached',
  'webhook.disabled',
] as const;
export type EventType = (typeof eventTypes)[number];

/** The pages that may read answers: all, or those of exact origins (RFC 6454, section 6.2). */
export type Origins = '*' | readonly string[];

/** Options of the renditions that the console shows in lists; a viewer gets no others of files that are not public. */
export const thumbnailOptions = 'fit-in/400x400';
