/// <reference lib="dom" />
import {
  createStorage,
  type Progress,
  type Storage,
  StorageError,
  type StorageOptions,
  type UploadTask,
} from '@bkend/storage';
import { seededArray } from '../seeded.ts';

type Options = Omit<StorageOptions, 'accessToken'> & {
  /** The tokens of one login: each replaces the one before when that is refused. */
  readonly tokens: readonly string[];
};

/** The outcome of a promise, as plain data. */
type Outcome<Value> = { value: Value; error?: never } | { value?: never; error: Pick<StorageError, Facts> };

type Facts = 'code' | 'message' | 'phase' | 'status' | 'requestId' | 'retryable';

/** The global `app` of the page. */
class App {
  /** Progress reports of the latest upload. */
  readonly reports: Progress[] = [];
  /** Tokens that were refused and renewed. */
  readonly refused: string[] = [];
  #storage: Storage | undefined;
  #task: UploadTask | undefined;

  /** Replaces the page's client. */
  connect({ tokens, ...options }: Options): void {
    let current = 0;
    const accessToken = (refused?: string) => {
      if (refused !== undefined) {
        this.refused.push(refused);
        current = tokens.indexOf(refused) + 1;
      }
      return tokens[current];
    };
    this.#storage = createStorage({ ...options, accessToken });
  }

  get storage(): Storage {
    if (!this.#storage) throw new Error('Not connected.');
    return this.#storage;
  }

  /** The latest upload. */
  get task(): UploadTask {
    if (!this.#task) throw new Error('No upload has been started.');
    return this.#task;
  }

  /** An equal File at each call, as if the user had chosen it again after a reload. */
  file(seed: number, size: number, name = `${seed}.bin`): File {
    return new File([seededArray(seed, size)], name, {
      type: 'application/octet-stream',
      lastModified: 1_700_000_000_000,
    });
  }

  /** Starts an upload; `task` is its promise and `reports` its progress. */
  start(...[source, options]: Parameters<Storage['upload']>): void {
    this.reports.length = 0;
    const task = this.storage.upload(source, {
      ...options,
      onProgress: (progress) => this.reports.push(progress),
    });
    // `outcome` reports its failure.
    task.catch(() => {});
    this.#task = task;
  }

  async outcome<Value>(promise: Promise<Value>): Promise<Outcome<Value>> {
    try {
      return { value: await promise };
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      const { code, message, phase, status, requestId, retryable } = error;
      return { error: { code, message, phase, status, requestId, retryable } };
    }
  }

  /** SHA-256, in hex. */
  async digest(bytes: Blob): Promise<string> {
    const hash = await crypto.subtle.digest('SHA-256', await bytes.arrayBuffer());
    return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
  }
}

declare global {
  /** On the page. */
  var app: App;
}
globalThis.app = new App();
