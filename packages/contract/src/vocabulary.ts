import { type Static, Type } from 'typebox';

/** Who may read a file; the rule itself is `files/access.ts` on the server. */
export const visibilities = ['public', 'private', 'protected', 'shared'] as const;
export const Visibility = Type.Enum([...visibilities], { type: 'string' });
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
export const Category = Type.Enum([...categories], { type: 'string' });
export type Category = (typeof categories)[number];

/** The published client's own grouping, kept as it was given; it has no effect on where bytes go. */
export const buckets = ['avatars', 'documents', 'media', 'files', 'images', 'temp'] as const;
export const Bucket = Type.Enum([...buckets], { type: 'string' });
export type Bucket = (typeof buckets)[number];

export const ownerTypes = ['user', 'session', 'service', 'public'] as const;
export const OwnerType = Type.Enum([...ownerTypes], { type: 'string' });
export type OwnerType = (typeof ownerTypes)[number];

export const sortFields = ['createdAt', 'updatedAt', 'originalName', 'size', 'mimeType'] as const;
export const SortField = Type.Enum([...sortFields], { type: 'string' });
export type SortField = (typeof sortFields)[number];

export const sortDirections = ['asc', 'desc'] as const;
export const SortDirection = Type.Enum([...sortDirections], { type: 'string' });
export type SortDirection = (typeof sortDirections)[number];

export const dispositions = ['attachment', 'inline'] as const;
export const Disposition = Type.Enum([...dispositions], { type: 'string' });
export type Disposition = (typeof dispositions)[number];

/** An instant as ISO 8601 in UTC with milliseconds, `2026-01-31T09:00:00.000Z`. */
export const Instant = Type.String({ format: 'date-time' });
export type Instant = Static<typeof Instant>;
