import type { StorageOptions } from '@bkend/storage';

/** The methods that the tests call, of either version of Uppy. */
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
  /** Tag of the registered files. */
  readonly tag: string;
}

declare global {
  /** On the pages of `uppy-6-app.ts` and `compat/uppy-5/app.ts`. */
  var connectUppy: (options: UppyOptions) => Uppy;
  /** The latest one. */
  var uppy: Uppy;
}
