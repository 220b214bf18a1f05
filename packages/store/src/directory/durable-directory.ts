import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes a directory and whatever is missing above it, and returns once all the new names survive power loss. */
export async function makeDirectoryDurably(path: string): Promise<void> {
  const firstMade = await mkdir(path, { recursive: true });
  if (firstMade === undefined) return;
  // Each new directory is a name in the one above it, so it is the parents that have to be synced.
  for (let made = path; ; made = dirname(made)) {
    await syncDirectory(dirname(made));
    if (made === firstMade) return;
  }
}

/** Makes the names in a directory survive power loss. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * A directory that many writers put files into. A writer that asks for a sync while one is running shares the next:
 * the running one may have begun before its file was there.
 */
export class SharedDirectory {
  readonly path: string;
  readonly #handle: FileHandle;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  static async open(path: string): Promise<SharedDirectory> {
    await makeDirectoryDurably(path);
    return new SharedDirectory(path, await open(path, 'r'));
  }

  /** Resolves once every name that is in the directory now survives power loss. */
  sync(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.catch(() => undefined).then(() => this.#start());
    return this.#next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  #start(): Promise<void> {
    this.#next = undefined;
    this.#running = this.#handle.sync().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }
}
