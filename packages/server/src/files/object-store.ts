import type { Readable } from 'node:stream';

export interface ObjectInfo {
  readonly sizeBytes: number;
  readonly contentType: string;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
}

/** An object as far as its registration needs it. */
export interface StartedObject extends Pick<ObjectInfo, 'sizeBytes' | 'etag'> {
  /** As many of its first bytes as were asked for and as it has. */
  readonly firstBytes: Uint8Array;
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

/** The bytes of an object to read. */
export interface WantedBytes {
  /** Absent: all bytes. */
  readonly range?: ByteRange | undefined;
  /** The ETag that the object must have, without quotes. */
  readonly etag?: string;
}

/**
 * Any S3. Presigning needs no round trip; every other method is a request to the store, whose failures are
 * `common/unavailable`.
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
  /** The object's URL without a signature, which gives no access. */
  location(key: string): string;

  head(key: string): Promise<ObjectInfo | undefined>;
  /**
   * As `head`, with the object's first bytes, by one ranged GET.
   * @param count number of bytes, 1 to 65,536; an object may have fewer
   */
  headWithFirstBytes(key: string, count: number): Promise<StartedObject | undefined>;
  /**
   * Reads an object. The caller must read or destroy the stream.
   * @returns undefined when there is no such object
   * @throws `common/unavailable` when the object has another ETag than the one that is wanted
   */
  get(key: string, wanted?: WantedBytes): Promise<{ info: ObjectInfo; body: Readable } | undefined>;
  /**
   * Copies an object into the bucket. The copy has this type and no other header, metadata or tags of its source.
   * @param input.fromBucket bucket of the source; absent: this one
   * @param input.source size and ETag from `head`
   * @returns size and ETag of the copy, also when the source is overwritten meanwhile; `source-changed` where the store
   * finds another object than `source`
   */
  copy(input: {
    readonly from: string;
    readonly fromBucket?: string;
    /** A key without an object. */
    readonly to: string;
    readonly contentType: string;
    readonly source: Pick<ObjectInfo, 'etag' | 'sizeBytes'>;
  }): Promise<Pick<ObjectInfo, 'etag' | 'sizeBytes'> | 'source-changed'>;
  /**
   * Copies the object as it is when the store makes the copy, without HEAD: one request. Absent for stores that may move
   * bytes for a copy, or that do not answer with its size.
   * @returns undefined when there is no such object
   */
  copyWithoutHead?(input: {
    readonly from: string;
    /** A key without an object; the store writes it once at most. */
    readonly to: string;
    readonly contentType: string;
    /** Number of first bytes that are answered, 0 to 65,536. */
    readonly firstBytes?: number;
  }): Promise<StartedObject | undefined>;
  /**
   * Writes an object of known size, in parts where it is large: bytes that an operator imports. Clients write files by presigned
   * URLs.
   * @param input.sizeBytes the stream must have exactly these
   * @returns size and ETag of the object
   * @throws `common/unavailable`, also when the stream is longer or shorter; what the stream throws
   */
  putStream(input: {
    readonly key: string;
    readonly contentType: string;
    readonly sizeBytes: number;
    readonly body: Readable;
  }): Promise<Pick<ObjectInfo, 'etag' | 'sizeBytes'>>;
  /** Writes a small object of the service's own. */
  put(input: { readonly key: string; readonly contentType: string; readonly body: string }): Promise<void>;
  /** Also succeeds when there is none. */
  delete(key: string): Promise<void>;
  /**
   * Deletes objects by one request. Absent for stores that are not known to take such requests.
   * @param keys 1 to 1,000
   * @throws `common/unavailable` also when the store kept one of them
   */
  deleteTogether?(keys: readonly string[]): Promise<void>;
  /**
   * @param input.maxBytes the most that its parts may have together, which stores that know this refuse to exceed
   * @throws `file/upload-init-failed`
   */
  createMultipart(input: {
    readonly key: string;
    readonly contentType: string;
    readonly maxBytes?: number;
  }): Promise<string>;
  /** All parts in order. @returns undefined when there is no such upload */
  listParts(input: { readonly key: string; readonly multipartId: string }): Promise<StoredPart[] | undefined>;
  /**
   * Completes a multipart upload.
   * @returns `no-such-upload` when it never was, was aborted, or is completed already
   * @throws `file/invalid-parts-array` when the store refuses the parts, with its reason in `details`
   */
  completeMultipart(input: {
    readonly key: string;
    readonly multipartId: string;
    readonly parts: readonly UploadedPart[];
  }): Promise<'completed' | 'no-such-upload'>;
  /** Also succeeds when there is none. */
  abortMultipart(input: { readonly key: string; readonly multipartId: string }): Promise<void>;
  /** Every object whose key begins with `prefix`, in ascending byte order of keys. */
  listObjects(prefix?: string): AsyncIterable<{
    readonly key: string;
    /** Absent where the store's list has none. */
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
}
