// Requests and answers of the API. Written out, so that this package has no dependencies; `wire.test.ts` holds these types
// equal to those of the contract.

/** Readers of a file: everyone, the owner, signed-in users, or the users in `sharedWith`. */
export type Visibility = 'public' | 'private' | 'protected' | 'shared';
/** Use of a file; part of its key. `images` and `media` restrict its type. */
export type Category = 'images' | 'documents' | 'media' | 'attachments' | 'exports' | 'backups' | 'temp';
/** A grouping of files; it moves no bytes. */
export type Bucket = 'avatars' | 'documents' | 'media' | 'files' | 'images' | 'temp';
/** Kind of account that owns a file. */
export type OwnerType = 'user' | 'session' | 'service' | 'public';
/** Fields by which a list is sorted. */
export type SortField = 'createdAt' | 'updatedAt' | 'originalName' | 'size' | 'mimeType';

/** Metadata of a file, set by the app. */
export interface FileMetadata {
  /** The app's own category. */
  category?: string;
  tags?: string[];
  description?: string;
  /** Alternative text of an image. */
  alt?: string;
  /** Id of the app's record that the file belongs to. */
  relatedEntityId?: string;
  /** Any JSON object. */
  custom?: Record<string, unknown>;
}

/** A JSON merge patch of {@link FileMetadata} (RFC 7396): named fields change, `null` removes, the rest stays. */
export type FileMetadataPatch = { [Field in keyof FileMetadata]: FileMetadata[Field] | null };

/**
 * A file's record. `ownerId`, `ownerType`, `bucket`, `sharedWith`, `metadata.custom` and `metadata.relatedEntityId` are present
 * for its owner and for admins only.
 */
export interface StoredFile {
  /** UUID (RFC 9562, version 7). */
  id: string;
  /** Address of the file; it never changes. */
  s3Key: string;
  /** The same as `s3Key`; {@link Storage.imageUrl} accepts it. */
  key: string;
  originalName: string;
  /** Folder that it lies in, `trips/2026`; empty for the root. */
  folder: string;
  /** MIME type. */
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
  /** User ids. */
  sharedWith?: string[];
  /** S3's entity tag of the bytes. */
  etag: string;
  /** 1 for the first contents, one more for every replacement. */
  version: number;
  /** `pending`: a scanner has not looked at the bytes yet. Absent: the file was not to be scanned. */
  scan?: 'pending' | 'passed';
  /** Image URL of the original; on `public` files only. */
  url?: string;
  /** Changes that the caller, with this API key, may make. */
  permissions: { canUpdate: boolean; canDelete: boolean; canShare: boolean };
  /** ISO 8601, UTC. */
  createdAt: string;
  /** ISO 8601, UTC. */
  updatedAt: string;
  /** ISO 8601, UTC; on files in the trash only. */
  deletedAt?: string;
}

/** Fields of a file to change. */
export interface FileChanges {
  originalName?: string;
  /** Folder to move it to, `trips/2026`; empty for the root. */
  folder?: string;
  visibility?: Visibility;
  category?: Category;
  /** `null` removes all metadata. */
  metadata?: FileMetadataPatch | null;
  /** User ids; replaces all. */
  sharedWith?: string[];
}

/** Conditions and order of a list; a file has to meet all conditions. */
export interface FileFilter {
  /** Folder that the files lie in, `trips/2026`; empty for the root. */
  folder?: string;
  /** With `folder`: also files that lie in folders below it. */
  recursive?: boolean;
  /** The caller's own files only. */
  mine?: boolean;
  /** `true` lists the trash. Default: the other files. */
  trash?: boolean;
  visibility?: Visibility;
  ownerType?: OwnerType;
  ownerId?: string;
  bucket?: Bucket;
  category?: Category;
  /** MIME type, or a group: `image/*`. */
  mimeType?: string;
  /** Part of the name, in any case. */
  search?: string;
  /** One of the file's `metadata.tags`. */
  tag?: string;
  /** ISO 8601, UTC. */
  createdAfter?: string;
  /** ISO 8601, UTC. */
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

/** One page of a list: by number, or by the `nextCursor` of the page before. */
export interface PageRequest extends FileFilter {
  /** From 1. Default 1. */
  page?: number;
  /** Files a page, 1 to 100, with `cursor` to 1,000; default 20. */
  limit?: number;
  /** `nextCursor` of the page before; in place of `page`. */
  cursor?: string;
}

/** Positions of a list. */
export interface PositionsRequest extends FileFilter {
  /** Files from one position to the next, 1 to 10,000. */
  step: number;
  /** `nextCursor` of the positions before. */
  cursor?: string;
}

/** Cursors of a list, from which it can be read. */
export interface ListPositions {
  /** Cursors for {@link Storage.listPage}: the first reads on behind `step` files, the second behind twice as many. */
  cursors: string[];
  /** Reads the positions behind these; absent where the list ends. */
  nextCursor?: string;
}

/** One page of files. */
export interface FilePage {
  items: StoredFile[];
  pagination: {
    /** Number of files on all pages. */
    total: number;
    /** `false`: `total` is a lower bound. Absent when it is exact. */
    totalIsExact?: false;
    page: number;
    limit: number;
    totalPages: number;
    hasNextPage: boolean;
    hasPrevPage: boolean;
    /** Cursor of the next page; absent on the last. */
    nextCursor?: string;
  };
}

/** A value of a facet, and the number of files that have it. */
export interface FacetCount<Value extends string = string> {
  value: Value;
  files: number;
}

/** The values that files have, the most frequent first. */
export interface Facets {
  category: FacetCount<Category>[];
  visibility: FacetCount<Visibility>[];
  /** The 50 most frequent types, without parameters. */
  mimeType: FacetCount[];
  /** The 50 most frequent tags. */
  tag: FacetCount[];
  /** Months of creation, `2026-05`, in UTC; the latest first. */
  month: FacetCount[];
  /** `false`: the counts are those of some of the files only. */
  isExact: boolean;
}

/** Folders to list. */
export interface FolderFilter {
  /** Path of the folder whose children are listed. Default: the root. */
  parent?: string;
  /** `true`: only folders of the caller's own files, and those the caller keeps. */
  mine?: boolean;
  /** `true`: folders of files in the trash. */
  trash?: boolean;
}

/** A folder, as far as the caller may read the files in it. */
export interface Folder {
  /** `trips/2026`. */
  path: string;
  /** Last name of the path. */
  name: string;
  /** Files directly inside. */
  files: number;
  /** Sum of their sizes. */
  bytes: number;
  /** Whether there are folders inside. */
  hasChildren: boolean;
}

/** A presigned URL of a file, for GET. */
export interface DownloadUrl {
  /** Presigned or, of a public file when neither life nor disposition is asked for, its lasting address. */
  url: string;
  filename: string;
  contentType: string;
  /** Bytes. */
  size: number;
  /** ISO 8601, UTC. */
  expiresAt: string;
}

/** A signed image URL, for GET and HEAD. */
export interface SignedImageUrl {
  url: string;
  /** ISO 8601, UTC. */
  expiresAt: string;
}

/** Lifetime and disposition of a download URL. */
export interface DownloadUrlOptions {
  /** Seconds, 60 to 604,800; by default as long as the server gives. */
  expiresIn?: number;
  /** Default `attachment`. `inline` shows the file in the browser; types that are unsafe there stay `attachment`. */
  disposition?: 'attachment' | 'inline';
  /** A version of the file, for its owner and admins; default: what the file has now. */
  versionId?: string;
}

/** Former contents of a file. */
export interface FileVersion {
  versionId: string;
  /** `version` of the file while these were its contents. */
  version: number;
  /** Bytes. */
  size: number;
  mimeType: string;
  /** S3's entity tag of the bytes. */
  etag: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** Id of the user who uploaded them, or of the API key. */
  createdBy: string;
}

/** Properties of a copy; absent ones are the file's. */
export interface CopyDescription {
  originalName?: string;
  folder?: string;
  /** Default `private`. */
  visibility?: Visibility;
}

/** A change of many files that goes on in the background, and how far it is. */
export interface Operation {
  id: string;
  /** `failed`: given up after repeated failures; what is done stays done. */
  state: 'running' | 'done' | 'failed';
  /** Number of files that were changed. */
  done: number;
  /** Number of files that cannot be changed and stay as they are; known at the end. */
  failed: number;
  /** Number of files at the start. */
  total: number;
  /** ISO 8601. */
  createdAt: string;
}

/** Something that has happened to a file or an upload. */
export interface StorageEvent {
  /** Ascending, with gaps. */
  id: number;
  type:
    | 'file.created'
    | 'file.updated'
    | 'file.content-replaced'
    | 'file.scanned'
    | 'file.shared'
    | 'file.unshared'
    | 'file.trashed'
    | 'file.restored'
    | 'file.deleted'
    | 'file.refused'
    | 'upload.refused'
    | 'upload.expired'
    | 'quota.reached'
    | 'webhook.disabled';
  /** ISO 8601. */
  createdAt: string;
  /** Project and environment, `shop/prod`. */
  environment: string;
  data: {
    /** The file after the change; the last one of a file that is deleted. */
    file?: StoredFile;
    /** Fields of the file that have changed. */
    changed?: string[];
    /** Users who may read the file from now on, or may no longer. */
    userIds?: string[];
    /** The upload that has ended without a file. */
    upload?: {
      key: string;
      contentType: string;
      /** Bytes, where they were announced. */
      size?: number;
      ownerId: string;
      ownerType: OwnerType;
      /** ISO 8601. */
      createdAt: string;
    };
    [name: string]: unknown;
  };
}

/** Conditions of a bulk call; a file has to meet all. Fields that are unknown or empty are refused. */
export type BulkFilter = Omit<FileFilter, 'sortBy' | 'sortDirection'>;

/** A change of many files. */
export interface BulkChange extends Pick<FileChanges, 'folder' | 'visibility' | 'category'> {
  /** Tags that each file has afterwards. */
  addTags?: string[];
  /** Tags that no file has afterwards. */
  removeTags?: string[];
  metadata?: FileMetadataPatch;
}

/** Outcome of a bulk call. */
export interface BulkOutcome {
  /** Number of files that were changed. */
  done: number;
  /** Ids of those that stayed as they were, each with its error code. */
  failed: { id: string; code: string }[];
}

/** Outcome of deleting several files. */
export interface DeleteOutcome extends BulkOutcome {
  /** Ids of the deleted files; empty for a call by filter. */
  deleted: string[];
}

/** Number of files and bytes. */
export interface UsageCount {
  files: number;
  bytes: number;
}

/** Progress of emptying the trash. */
export interface EmptyTrashOutcome {
  /** Number of files that were deleted. */
  done: number;
  /** Number of files that are deleted in the background. */
  remaining: number;
}

/**
 * Number of files and bytes: in all, by category, and by visibility or in the trash. Bytes of versions count in all alone.
 */
export interface Usage extends UsageCount {
  byCategory: { [Name in Category]: UsageCount };
  /** Without the trash. */
  byVisibility: { [Name in Visibility]: UsageCount };
  trash: UsageCount;
  /** Former contents of files. */
  versions: { count: number; bytes: number };
  /** The most files and bytes, where there is a limit. */
  quota?: { files?: number; bytes?: number };
}

/** Properties of a file, set by the app when it is registered. */
export interface FileDescription {
  /** Folder that it lies in, `trips/2026`. Default: the root. */
  folder?: string;
  /** Default `private`. */
  visibility?: Visibility;
  /** Default: by the type. */
  category?: Category;
  /** Default `files`. */
  bucket?: Bucket;
  metadata?: FileMetadata;
  /** Ids of the users who may read a `shared` file. */
  sharedWith?: string[];
  /** Pixels. */
  width?: number;
  /** Pixels. */
  height?: number;
  /** Id of another owner; admins only. */
  ownerId?: string;
  /** Kind of that owner; admins only. */
  ownerType?: OwnerType;
}

/** A presigned PUT. */
export interface SignedPut {
  url: string;
  key: string;
  headers: Record<string, string>;
  /** ISO 8601, UTC. */
  expiresAt: string;
}

/** An open multipart upload. */
export interface StartedMultipart {
  uploadId: string;
  key: string;
  /** Bytes. */
  partSize: number;
  /** ISO 8601, UTC. */
  expiresAt: string;
}

/** Presigned PUTs of parts. */
export interface SignedParts {
  urls: { url: string; partNumber: number }[];
  /** ISO 8601, UTC. */
  expiresAt: string;
}

/** A part in storage. */
export interface StoredPart {
  /** 1 to 10,000. */
  partNumber: number;
  /** S3's entity tag of its bytes. */
  etag: string;
  /** Bytes. */
  size: number;
}

/** Body of every error answer of the API. */
export interface Refusal {
  success: false;
  error: { code: string; message: string; details: Record<string, unknown> };
  statusCode: number;
  requestId: string;
}
