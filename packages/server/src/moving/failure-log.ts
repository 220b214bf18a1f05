import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { StorageError } from '@bkend/storage-contract';
import type { ImportFailure } from '../uploads/import/import-files.ts';

/** The file of what failed and why: JSON lines, written as they come. Without failures there is none. */
export class FailureLog implements AsyncDisposable {
  readonly path: string;
  #stream: WriteStream | undefined;

  private constructor(path: string) {
    this.path = path;
  }

  /** Removes the file that an earlier run has left. */
  static async open(path: string): Promise<FailureLog> {
    await rm(path, { force: true });
    return new FailureLog(path);
  }

  async add({ at, error, record }: ImportFailure): Promise<void> {
    const code = error instanceof StorageError ? error.code : undefined;
    const message = error instanceof Error ? error.message : String(error);
    this.#stream ??= createWriteStream(this.path, { flags: 'wx', mode: 0o600 });
    const isRoomLeft = this.#stream.write(`${JSON.stringify({ at, code, message, record })}\n`);
    if (!isRoomLeft) await once(this.#stream, 'drain');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stream === undefined) return;
    this.#stream.end();
    await once(this.#stream, 'close');
  }
}
