import type { Body, Source, Uploadable } from '../source/source.ts';
import type { CallerWait } from '../transfer/with-stall-timeout.ts';

/** One PUT to a presigned URL. */
export interface Put {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  readonly signal: AbortSignal;
  /** Called with the number of bytes sent so far. */
  readonly onSent: (bytes: number) => void;
  /** For the chunks of a body that is not in memory. */
  readonly wait: CallerWait;
}

/** A multipart upload that can be resumed. */
export interface JournalEntry {
  readonly key: string;
  readonly uploadId: string;
  /** Bytes. */
  readonly partSize: number;
}

/** Keeps open multipart uploads across restarts. Losing it costs time, never data. */
export interface Journal {
  read(fingerprint: string): Promise<JournalEntry | undefined>;
  write(fingerprint: string, entry: JournalEntry): Promise<unknown>;
  remove(fingerprint: string): Promise<unknown>;
}

/** The part of `fetch` that calls of the API need. */
export type Fetch = (url: string, request: FetchRequest) => Promise<Response>;

export interface FetchRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** A running digest. */
export interface Hash {
  update(bytes: Uint8Array): void;
  /** In hex. */
  digest(): string;
}

/** Everything that browsers and Node do differently. */
export interface Platform {
  /** Sends bytes and counts them. Resolves with the whole answer. */
  put(put: Put): Promise<Response>;
  /** Replaces the global `fetch` for calls of the API, whose answers are short. */
  call?: Fetch;
  /** Replaces the global `fetch` for downloads. */
  fetch?: typeof fetch;
  /** @param size bytes of a stream, where the caller knows */
  open(input: Uploadable, wait: CallerWait, size?: number): Source | Promise<Source>;
  /** @param directory of the journal, in Node */
  journal(directory?: string): Journal | undefined;
  /** MIME type by a name's extension, for sources without a type. */
  mimeTypeOf?(filename: string): string | undefined;
  /** SHA-256 of the runtime, where it has an incremental one. */
  createHash?(): Hash;
  /** Turns off the runtime's warning about many listeners of this signal. */
  expectListeners?(signal: AbortSignal): void;
  /** While the machine is offline: resolves when it is online again. Else undefined. */
  whenOnline?(signal?: AbortSignal): Promise<void> | undefined;
}
