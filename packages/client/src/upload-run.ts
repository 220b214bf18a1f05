import type { Api, ApiOptions } from './api.ts';
import type { Gate } from './gate.ts';
import type { Journal } from './platform.ts';
import type { Pool } from './pool.ts';
import type { ProgressMeter } from './progress.ts';
import type { Source } from './source.ts';
import type { Wait } from './wait.ts';
import type { FileDescription, StoredFile } from './wire.ts';

/** What all calls of one `createStorage` share. */
export interface Connection extends ApiOptions {
  readonly api: Api;
  readonly pool: Pool;
  readonly journal: Journal | undefined;
  readonly imagesUrl: string | undefined;
}

/** One upload under way. Its `api` is the connection's, under this upload's signal and gate. */
export interface UploadRun extends Connection {
  readonly source: Source;
  /** What the API is told before the bytes come. */
  readonly announcement: Announcement;
  /** What it is told once they are there. */
  description: FileDescription;
  readonly signal: AbortSignal;
  readonly gate: Gate;
  readonly meter: ProgressMeter;
  /** For what the source has yet to give. */
  readonly wait: Wait;
  /** Of the journal; undefined where the upload is not to be remembered. */
  readonly fingerprint: string | undefined;
  /** Where the bytes are, or soon may be. */
  place?: UploadPlace;
  /** Whether they may be there already as an object, although nobody said so. */
  mayExist?: boolean;
  /** Of an upload in parts that has begun here: it may have no more bytes. */
  announcedBytes?: number;
  /** Bytes that storage has acknowledged; only grows. */
  storedBytes: number;
  /** What they have become. */
  file?: StoredFile | undefined;
}

export interface Announcement {
  readonly filename: string;
  readonly contentType: string;
  readonly visibility: FileDescription['visibility'] | undefined;
  readonly category: FileDescription['category'] | undefined;
}

export interface UploadPlace {
  readonly key: string;
  /** Of a multipart upload. */
  readonly uploadId?: string;
}
