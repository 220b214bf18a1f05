import type { Source } from '../source/source.ts';
import type { Gate } from '../transfer/gate.ts';
import type { ProgressMeter } from '../transfer/progress.ts';
import type { CallerWait } from '../transfer/with-stall-timeout.ts';
import type { Connection } from '../transport/api.ts';
import type { FileDescription, StoredFile } from '../wire.ts';
import type { ResumeEntry } from './resume-journal.ts';

/** Shared by all stages of one upload, and constant. Its `api` is the connection's, under this upload's signal and gate. */
export interface UploadContext extends Connection {
  readonly signal: AbortSignal;
  readonly gate: Gate;
  readonly meter: ProgressMeter;
  /** For bytes of the source. */
  readonly wait: CallerWait;
}

/** First stage: the opened source, and its properties as the API receives them. */
export interface PreparedUpload {
  readonly source: Source;
  /** The file that gets these contents; undefined for a new file. */
  readonly replaces: { readonly fileId: string; readonly ifMatch: string | undefined } | undefined;
  /** Sent when the upload is opened. */
  readonly announcement: Announcement;
  /** Sent when it is registered. */
  readonly description: FileDescription;
  /** Its entry in the resume journal; undefined for an upload that is not resumed. */
  readonly resume: ResumeEntry | undefined;
}

interface Announcement {
  readonly filename: string;
  readonly contentType: string;
  readonly folder?: FileDescription['folder'] | undefined;
  readonly visibility?: FileDescription['visibility'] | undefined;
  readonly category?: FileDescription['category'] | undefined;
}

/** Second stage: an upload that the API has opened. */
export interface OpenUpload {
  readonly key: string;
  /** Only a multipart upload has one. */
  readonly uploadId?: string;
  /** Bytes, from when the object may exist: an answer that was lost may hide that it does. */
  readonly size?: number;
}

/** Names an open multipart upload. */
export interface MultipartId {
  readonly key: string;
  readonly uploadId: string;
}

/** Called with each {@link OpenUpload} before bytes are sent to it, and again before its object may exist. */
export type OnOpen = (upload: OpenUpload) => void;

/** Third stage: an upload whose bytes are in storage. */
export interface SentUpload extends OpenUpload {
  readonly size: number;
  /** The file, where an earlier attempt had registered it already. */
  readonly file?: StoredFile;
}
