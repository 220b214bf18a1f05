import type { Readable } from 'node:stream';
import type { Bucket, Category, FileMetadata, OwnerType, Visibility } from '@bkend/storage-contract';

/** A file as its source describes it. Of its fields only the shape is known; `planImport` applies the rules. */
export interface ImportRecord {
  /** UUID. Absent: derived from the key or, without one, from where the bytes are, the same in every run. */
  readonly id?: string;
  /** The file's address. Absent: made as for an upload. */
  readonly s3Key?: string;
  readonly originalName: string;
  /** Absent: that of the bytes' source. */
  readonly mimeType?: string;
  /** Bytes that the source must have. */
  readonly size?: number;
  readonly ownerId?: string;
  readonly ownerType?: OwnerType;
  readonly visibility?: Visibility;
  readonly sharedWith?: readonly string[];
  readonly folder?: string;
  readonly category?: Category;
  readonly bucket?: Bucket;
  readonly metadata?: FileMetadata;
  readonly width?: number;
  readonly height?: number;
  /** ISO 8601. */
  readonly createdAt?: string;
  readonly updatedAt?: string;
}

/** Where the bytes of an entry are. Nothing is opened before a method is called. */
export interface SourceBytes {
  /** Names them within their source: a path, a URL, a key. */
  readonly name: string;
  /** Whether they can be read; a dry run asks. @throws an error whose message says why not */
  check(): Promise<void>;
  /** The caller reads the stream to its end or destroys it. @throws an error whose message says why it cannot */
  open(): Promise<OpenedBytes>;
  /** The object that they are, where the service's own store has it in one of its buckets and copies it. */
  readonly object?: { readonly bucket: string; readonly key: string };
  /** Type, size and ETag, where finding them takes a request. */
  describe?(): Promise<ObjectFacts>;
}

interface ObjectFacts {
  readonly contentType: string;
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
}

interface OpenedBytes {
  readonly body: Readable;
  readonly sizeBytes: number;
}

/** A file of a source, or the reason why there is none to import. */
export type ImportEntry = {
  /** Where it stands in its source, for reports: `files.jsonl:12`. */
  readonly at: string;
} & ({ readonly record: ImportRecord; readonly bytes: SourceBytes } | { readonly fault: unknown });

/** Files to import, one after the other, however many there are. */
export type ImportSource = AsyncIterable<ImportEntry>;
