/** Records of the index. All of them are JSON; times are milliseconds since 1970. */

export interface CorsRule {
  readonly id?: string;
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly string[];
  readonly allowedHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds?: number;
}

/** Names and values, in the order they were given in; no name twice. */
export type Tags = readonly (readonly [key: string, value: string])[];

export interface BucketRecord {
  readonly createdAt: number;
  readonly cors?: readonly CorsRule[];
  readonly tags?: Tags;
}

export const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** A checksum the client asked for, in base64. */
export interface ChecksumRecord {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  /** Composite ones end with `-` and the number of parts. */
  readonly value: string;
}

/** Location of content: none for zero bytes, in the index, or in a blob, which the records call a file. */
export type ContentLocation =
  | { readonly kind: 'empty' }
  | { readonly kind: 'inline'; readonly id: string }
  | { readonly kind: 'file'; readonly id: string };

/** Content stored by one request, with the hash that `verify` checks it by. */
export interface Content {
  /** Written by `contentAt` and read by `locationOf`; the indexes on disk have it under this name. */
  readonly place: ContentLocation;
  readonly sizeBytes: number;
  /** Hex. */
  readonly md5: string;
}

export function locationOf({ place: location }: Content): ContentLocation {
  return location;
}

export function contentAt(location: ContentLocation, about: Pick<Content, 'sizeBytes' | 'md5'>): Content {
  return { place: location, sizeBytes: about.sizeBytes, md5: about.md5 };
}

/** Headers, metadata and tags of an object, which are returned with it. Header names in lower case. */
export interface ObjectAttributes {
  /** `content-type`, `cache-control` and their like. */
  readonly headers: Readonly<Record<string, string>>;
  /** `x-amz-meta-…` without that prefix. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Absent when there are none. */
  readonly tags?: Tags;
}

export interface ObjectRecord extends ObjectAttributes {
  readonly sizeBytes: number;
  /** Hex, without quotes; of a multipart object with `-` and the number of parts. */
  readonly etag: string;
  readonly modifiedAt: number;
  /** All of it, or the manifest of parts it is put together from. */
  readonly content: Content | { readonly manifest: string; readonly partCount: number };
  readonly checksum?: ChecksumRecord;
  /** The multipart upload it came from, so that completing it again can be answered. */
  readonly uploadId?: string;
}

export interface PartRecord {
  readonly partNumber: number;
  readonly content: Content;
  readonly modifiedAt: number;
  readonly checksum?: Omit<ChecksumRecord, 'type'>;
}

/** The parts of a completed upload, in order. */
export type Manifest = readonly PartRecord[];

export interface UploadRecord extends ObjectAttributes {
  readonly initiatedAt: number;
  /** The most bytes that its parts may have together; absent: no limit. */
  readonly maxBytes?: number;
  /** Bytes of its parts, kept where `maxBytes` is. */
  readonly partBytes?: number;
  readonly checksum?: Omit<ChecksumRecord, 'value'>;
}

/** A blob, which copies share. */
export interface BlobRecord {
  readonly references: number;
  readonly sizeBytes: number;
  /** Hex. */
  readonly md5: string;
}

/** A key that opens the store, besides the service's own. */
export interface AccessKeyRecord {
  readonly secretAccessKey: string;
  readonly createdAt: number;
  /** The one bucket it opens; all when absent. */
  readonly bucket?: string;
  readonly readOnly: boolean;
}
