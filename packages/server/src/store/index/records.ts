/** What the index keeps. All of it is JSON; times are milliseconds since 1970. */

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

/** Where bytes are. Nothing, in the case of no bytes. */
export type ContentPlace =
  | { readonly kind: 'empty' }
  | { readonly kind: 'inline'; readonly id: string }
  | { readonly kind: 'file'; readonly id: string };

/** Bytes stored in one go, with the hash that `verify` checks them by. */
export interface Content {
  readonly place: ContentPlace;
  readonly sizeBytes: number;
  /** Hex. */
  readonly md5: string;
}

/** What travels with an object and is given back with it. Header names in lower case. */
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
  readonly checksum?: Omit<ChecksumRecord, 'value'>;
}

/** A file in the blob directory. Copies share it. */
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
