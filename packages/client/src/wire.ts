// What travels between client and API, written out so that installing this package brings nothing else along.
// `wire.test.ts` holds these types equal to those of the contract.

export type Visibility = 'public' | 'private' | 'protected' | 'shared';
export type Category = 'images' | 'documents' | 'media' | 'attachments' | 'exports' | 'backups' | 'temp';
export type Bucket = 'avatars' | 'documents' | 'media' | 'files' | 'images' | 'temp';
export type OwnerType = 'user' | 'session' | 'service' | 'public';
export type SortField = 'createdAt' | 'updatedAt' | 'originalName' | 'size' | 'mimeType';

/** What an app may say about a file. */
export interface FileMetadata {
  category?: string;
  tags?: string[];
  description?: string;
  alt?: string;
  relatedEntityId?: string;
  custom?: Record<string, unknown>;
}

/** A change to {@link FileMetadata}: named fields change, `null` removes, the rest stays (RFC 7396). */
export type FileMetadataPatch = { [Field in keyof FileMetadata]: FileMetadata[Field] | null };

/**
 * A file as you may see it. `ownerId`, `ownerType`, `bucket`, `sharedWith`, `metadata.custom` and
 * `metadata.relatedEntityId` are there for its owner and for admins only.
 */
export interface StoredFile {
  id: string;
  s3Key: string;
  /** The same as `s3Key`; what {@link Storage.imageUrl} takes. */
  key: string;
  originalName: string;
  mimeType: string;
  /** Bytes. */
  size: number;
  /** Pixels. */
  width?: number;
  /** Pixels. */
  height?: number;
  visibility: Visibility;
  ownerId?: string;
  ownerType?: OwnerType;
  bucket?: Bucket;
  category?: Category;
  metadata: FileMetadata;
  sharedWith?: string[];
  etag: string;
  /** On the image host; `public` files only. */
  url?: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** ISO 8601, UTC. */
  updatedAt: string;
}

export interface FileChanges {
  originalName?: string;
  visibility?: Visibility;
  metadata?: FileMetadataPatch | null;
  sharedWith?: string[];
}

/** Which files to list, and in which order. */
export interface FileFilter {
  visibility?: Visibility;
  ownerType?: OwnerType;
  ownerId?: string;
  bucket?: Bucket;
  category?: Category;
  /** A MIME type, or all of a kind: `image/*`. */
  mimeType?: string;
  /** A part of the name, whatever its case. */
  search?: string;
  tag?: string;
  /** ISO 8601. */
  createdAfter?: string;
  /** ISO 8601. */
  createdBefore?: string;
  /** Bytes. */
  minSize?: number;
  /** Bytes. */
  maxSize?: number;
  /** Default `createdAt`. */
  sortBy?: SortField;
  /** Default `desc`. */
  sortDirection?: 'asc' | 'desc';
}

/** One page of a list: by number, or from the `nextCursor` of the page before. */
export interface PageRequest extends FileFilter {
  page?: number;
  /** Files a page, 1 to 100; default 20. */
  limit?: number;
  cursor?: string;
}

export interface FilePage {
  items: StoredFile[];
  pagination: {
    total: number;
    /** There are more than `total`; absent when it is exact. */
    totalIsExact?: false;
    page: number;
    limit: number;
    totalPages: number;
    hasNextPage: boolean;
    hasPrevPage: boolean;
    /** Where the next page begins; absent on the last. */
    nextCursor?: string;
  };
}

export interface DownloadUrl {
  url: string;
  filename: string;
  contentType: string;
  /** Bytes. */
  size: number;
  /** ISO 8601, UTC. */
  expiresAt: string;
}

/** Good for GET and HEAD. */
export interface SignedImageUrl {
  url: string;
  /** ISO 8601, UTC. */
  expiresAt: string;
}

export interface DownloadUrlOptions {
  /** Seconds, 60 to 604,800; default 3,600. */
  expiresIn?: number;
  /** `inline` is granted to types that are safe to show. */
  disposition?: 'attachment' | 'inline';
}

export interface DeleteOutcome {
  deleted: string[];
  failed: { id: string; code: string }[];
}

export interface UsageCount {
  files: number;
  bytes: number;
}

export interface Usage extends UsageCount {
  byCategory: { [Name in Category]: UsageCount };
  byVisibility: { [Name in Visibility]: UsageCount };
}

/** What an app says about a file when it is registered. */
export interface FileDescription {
  /** Default `private`. */
  visibility?: Visibility;
  /** Default: from the type. */
  category?: Category;
  bucket?: Bucket;
  metadata?: FileMetadata;
  /** User ids that a `shared` file is for. */
  sharedWith?: string[];
  /** Pixels. */
  width?: number;
  /** Pixels. */
  height?: number;
  /** Another owner; admins only. */
  ownerId?: string;
  ownerType?: OwnerType;
}

export interface SignedPut {
  url: string;
  key: string;
  headers: Record<string, string>;
  expiresAt: string;
}

export interface StartedMultipart {
  uploadId: string;
  key: string;
  /** Bytes. */
  partSize: number;
  expiresAt: string;
}

export interface SignedParts {
  urls: { url: string; partNumber: number }[];
  expiresAt: string;
}

export interface StoredPart {
  partNumber: number;
  etag: string;
  /** Bytes. */
  size: number;
}

/** What every refusal of the API looks like. */
export interface Refusal {
  success: false;
  error: { code: string; message: string; details: Record<string, unknown> };
  statusCode: number;
  requestId: string;
}
