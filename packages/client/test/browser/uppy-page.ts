import type { StorageOptions } from '@bkend/storage';

/** What the tests use of either version of Uppy. */
export interface Uppy {
  addFile(file: { name: string; type: string; data: Blob }): string;
  upload(): Promise<Result | undefined>;
  retryAll(): Promise<Result | undefined>;
  cancelAll(): void;
  getFiles(): { progress: { bytesUploaded: number | false } }[];
}

interface Result {
  successful?: { id: string; response?: { body?: Record<string, unknown> } }[];
  failed?: { error?: string | null }[];
}

export interface UppyOptions extends StorageOptions {
  /** Of the files that are registered. */
  readonly tag: string;
}

declare global {
  /** On the pages of `uppy-6-app.ts` and `compat/uppy-5/app.ts`. */
  var connectUppy: (options: UppyOptions) => Uppy;
  /** The one that is connected. */
  var uppy: Uppy;
}
