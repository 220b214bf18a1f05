import type { Readable } from 'node:stream';
import type { Origins } from '../projects/origins.ts';

export interface ObjectInfo {
  readonly sizeBytes: number;
  readonly contentType: string;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
}

export interface StoredPart {
  readonly partNumber: number;
  /** With quotes, as S3 writes it. */
  readonly etag: string;
  readonly sizeBytes: number;
}

export interface UploadedPart {
  readonly partNumber: number;
  readonly etag: string;
}

export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** Which bytes of an object are read. */
export interface WantedBytes {
  /** Absent for all of them. */
  readonly range?: ByteRange | undefined;
  /** Of these very bytes, without quotes. */
  readonly etag?: string;
}

/**
 * Any S3. Presigning is done here without a round trip; everything else asks the store.
 * Failures of the store itself surface as `common/unavailable`.
 */
export interface ObjectStore {
  presignPut(input: {
    readonly key: string;
    readonly contentType: string;
    readonly sizeBytes?: number;
    readonly expiresInSeconds: number;
  }): Promise<string>;
  presignPart(input: {
    readonly key: string;
    readonly multipartId: string;
    readonly partNumber: number;
    readonly expiresInSeconds: number;
  }): Promise<string>;
  presignGet(input: {
    readonly key: string;
    readonly contentType: string;
    readonly contentDisposition: string;
    readonly expiresInSeconds: number;
  }): Promise<string>;
  /** The object's plain address; it opens nothing without a signature. */
  location(key: string): string;

  head(key: string): Promise<ObjectInfo | undefined>;
  /**
   * Undefined when there is no such object. The stream must be read or destroyed.
   * @throws `common/unavailable` when the object has another ETag than the one that is wanted
   */
  get(key: string, wanted?: WantedBytes): Promise<{ info: ObjectInfo; body: Readable } | undefined>;
  /**
   * Copies an object within the bucket, without what its uploader sent beside the bytes: the copy has this type and no
   * other header, no metadata and no tags. The answer describes the bytes of the copy, also when the source is
   * written to meanwhile.
   * @param input.source what `head` said of it; another object in its place may be copied or not: where the store can
   * tell, the answer is `source-changed`
   */
  copy(input: {
    readonly from: string;
    /** Where nothing is yet. */
    readonly to: string;
    readonly contentType: string;
    readonly source: Pick<ObjectInfo, 'etag' | 'sizeBytes'>;
  }): Promise<Pick<ObjectInfo, 'etag' | 'sizeBytes'> | 'source-changed'>;
  /**
   * The same of whatever is there when the store makes the copy, without a look at it before: one request. Absent where the
   * store might move bytes for it, or not say what it has copied. Undefined when there is no such object.
   */
  copyUnseen?(input: {
    readonly from: string;
    /** Where nothing is yet; the store sees to it that this is written once. */
    readonly to: string;
    readonly contentType: string;
  }): Promise<Pick<ObjectInfo, 'etag' | 'sizeBytes'> | undefined>;
  /** Loads and finds out what the first call would otherwise wait for. @throws `common/unavailable` */
  warmUp(): Promise<void>;
  /** Writes a small object of the service's own; files come by presigned URLs. */
  put(input: { readonly key: string; readonly contentType: string; readonly body: string }): Promise<void>;
  /** No error when it is gone already. */
  delete(key: string): Promise<void>;
  /** @throws `file/upload-init-failed` */
  createMultipart(input: { readonly key: string; readonly contentType: string }): Promise<string>;
  /** All of them, in order. Undefined when there is no such upload. */
  listParts(input: { readonly key: string; readonly multipartId: string }): Promise<StoredPart[] | undefined>;
  /**
   * `no-such-upload`: never was, aborted, or completed already.
   * @throws `file/invalid-parts-array` when the store refuses the parts, with its reason in `details`
   */
  completeMultipart(input: {
    readonly key: string;
    readonly multipartId: string;
    readonly parts: readonly UploadedPart[];
  }): Promise<'completed' | 'no-such-upload'>;
  /** No error when it is gone already. */
  abortMultipart(input: { readonly key: string; readonly multipartId: string }): Promise<void>;
  /** Every object whose key begins with `prefix`, in ascending byte order of keys. */
  listObjects(prefix?: string): AsyncIterable<{
    readonly key: string;
    /** Where the store's list says it. */
    readonly etag?: string;
    readonly sizeBytes: number;
    readonly lastModified: Date;
  }>;
  /** Every multipart upload in progress. */
  listMultiparts(): AsyncIterable<{
    readonly key: string;
    readonly multipartId: string;
    readonly initiatedAt: Date;
  }>;

  /**
   * Makes the bucket and its CORS rule where they are missing and we are allowed to.
   * @param origins as of `allowOrigins`; all when absent
   * @throws `file/bucket-not-configured`
   */
  ensureBucket(origins?: Origins): Promise<void>;
  /**
   * Lets the pages of these origins use presigned URLs, and of no other where the rules of the bucket are ours. A refusal of
   * the store is only warned of. @throws `common/unavailable`
   */
  allowOrigins(origins: Origins): Promise<void>;
  /** Resolves when the bucket can be reached. @throws `common/unavailable` */
  check(): Promise<void>;
}
