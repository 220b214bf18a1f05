/// <reference lib="dom" />
import {
  createStorage,
  type Progress,
  type Storage,
  StorageError,
  type StorageOptions,
  type UploadTask,
} from '@bkend/storage';
import { seededArray } from '../random.ts';

type Options = Omit<StorageOptions, 'accessToken'> & {
  /** The tokens of one login: each takes the place of the one before when that is refused. */
  readonly tokens: readonly string[];
};

/** What becomes of a promise, as plain data. */
type Outcome<Value> = { value: Value; error?: never } | { value?: never; error: Pick<StorageError, Facts> };

type Facts = 'code' | 'message' | 'phase' | 'status' | 'requestId' | 'retryable';

/** What the tests find on the page. */
class App {
  readonly told: Progress[] = [];
  /** Tokens that were refused, and asked for anew. */
  readonly refused: string[] = [];
  #storage: Storage | undefined;
  #task: UploadTask | undefined;

  /** Another client takes the place of the one before. */
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

  /** The upload under way. */
  get task(): UploadTask {
    if (!this.#task) throw new Error('Nothing is being uploaded.');
    return this.#task;
  }

  /** The same file every time, as if the user had chosen it again after a reload. */
  file(seed: number, size: number, name = `${seed}.bin`): File {
    return new File([seededArray(seed, size)], name, {
      type: 'application/octet-stream',
      lastModified: 1_700_000_000_000,
    });
  }

  /** Starts to upload; `task` is its handle and `told` its progress. */
  start(...[source, options]: Parameters<Storage['upload']>): void {
    this.told.length = 0;
    const task = this.storage.upload(source, {
      ...options,
      onProgress: (progress) => this.told.push(progress),
    });
    // Whoever waits for it hears of it.
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
