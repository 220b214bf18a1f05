import type { Api, ApiOptions } from './api.ts';
import type { Gate } from './gate.ts';
import type { Journal, Platform } from './platform.ts';
import type { Pool } from './pool.ts';
import type { ProgressMeter } from './progress.ts';
import type { Source } from './source.ts';
import type { FileDescription } from './wire.ts';

/** What all calls of one `createStorage` share. */
export interface Connection extends ApiOptions {
  readonly api: Api;
  readonly platform: Platform;
  readonly pool: Pool;
  readonly journal: Journal | undefined;
  readonly imagesUrl: string | undefined;
}

/** One upload under way. */
export interface UploadRun {
  readonly connection: Connection;
  /** The connection's, under this upload's signal and gate. */
  readonly api: Api;
  readonly source: Source;
  readonly filename: string;
  readonly contentType: string;
  readonly description: FileDescription;
  readonly signal: AbortSignal;
  readonly gate: Gate;
  readonly meter: ProgressMeter;
  /** Of the journal; undefined where the upload is not to be remembered. */
  readonly fingerprint: string | undefined;
  /** Bytes that storage has acknowledged; only grows. */
  storedBytes: number;
  /** Where the bytes are, or soon may be. */
  place?: UploadPlace;
}

export interface UploadPlace {
  readonly key: string;
  /** Of a multipart upload. */
  readonly uploadId?: string;
  /** Whether the object may exist already, although nobody said so. */
  mayExist?: boolean;
}

/** Bytes that are in storage and not yet a file. */
export interface StoredBytes {
  readonly key: string;
  readonly size: number;
}
