import type { Hash } from './sha256.ts';
import type { Body, Source, Uploadable } from './source.ts';
import type { Wait } from './wait.ts';

/** Bytes on their way to a presigned URL. */
export interface Put {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  readonly signal: AbortSignal;
  /** Called with how many bytes have left, from 0 to all. */
  readonly onSent: (bytes: number) => void;
  /** For the chunks of a body that is not in memory. */
  readonly wait: Wait;
}

/** An upload that can be taken up again. */
export interface JournalEntry {
  readonly key: string;
  readonly uploadId: string;
  /** Bytes. */
  readonly partSize: number;
}

/** Remembers uploads under way across restarts. Losing it costs time, never data. */
export interface Journal {
  read(fingerprint: string): Promise<JournalEntry | undefined>;
  write(fingerprint: string, entry: JournalEntry): Promise<unknown>;
  remove(fingerprint: string): Promise<unknown>;
}

/** As much of `fetch` as calls of the API need. */
export type Fetch = (url: string, request: FetchRequest) => Promise<Response>;

export interface FetchRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** What browsers and Node do differently. */
export interface Platform {
  /** Sends bytes and tells how many have left. Resolves when the whole answer is there. */
  put(put: Put): Promise<Response>;
  /** In place of the global `fetch`: for calls of the API, whose answers are short, and for downloads. */
  call?: Fetch;
  fetch?: typeof fetch;
  open(input: Uploadable, wait: Wait, size?: number): Source | Promise<Source>;
  /** @param directory of the journal, in Node */
  journal(directory?: string): Journal | undefined;
  /** The MIME type that a name's extension stands for, where sources do not say. */
  mimeTypeOf?(filename: string): string | undefined;
  /** SHA-256, where the runtime has one that takes bytes as they come. */
  createHash?(): Hash;
  /** Tells the runtime that many will listen to this signal, and that it is no leak. */
  expectListeners?(signal: AbortSignal): void;
  /** While the machine is known to be offline: the return of the network. */
  whenOnline?(signal?: AbortSignal): Promise<void> | undefined;
}
