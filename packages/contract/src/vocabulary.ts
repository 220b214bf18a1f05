/** Who may read a file; the rule itself is `files/access.ts` on the server. */
export const visibilities = ['public', 'private', 'protected', 'shared'] as const;
export type Visibility = (typeof visibilities)[number];

/** What a file is for; part of its key, and `images` and `media` restrict its type. */
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

/** The published client's own grouping, kept as it was given; it has no effect on where bytes go. */
export const buckets = ['avatars', 'documents', 'media', 'files', 'images', 'temp'] as const;
export type Bucket = (typeof buckets)[number];

export const ownerTypes = ['user', 'session', 'service', 'public'] as const;
export type OwnerType = (typeof ownerTypes)[number];

export const sortFields = ['createdAt', 'updatedAt', 'originalName', 'size', 'mimeType'] as const;
export type SortField = (typeof sortFields)[number];

export const sortDirections = ['asc', 'desc'] as const;
export type SortDirection = (typeof sortDirections)[number];

export const dispositions = ['attachment', 'inline'] as const;
export type Disposition = (typeof dispositions)[number];
