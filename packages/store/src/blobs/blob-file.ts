import { type FileHandle, unlink } from 'node:fs/promises';
import type { SharedDirectory } from '../directory/durable-directory.ts';

/** Bytes written before they are sent to the disk, while more arrive. */
const flushBytes = 4 * 1024 * 1024;

/**
 * A blob being written. It ends with `finish` or with `discard`.
 *
 * Written bytes are sent to the disk every 4 MiB, and the file's name from the start: left to the end, the sync would take as long
 * as writing has taken, with nothing else to do for this upload, and the memory of the machine would fill with dirty pages.
 */
export class BlobFile {
  readonly id: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  /** The sync of the file's name, begun when it was created. */
  readonly #nameSync: Promise<void>;
  #sizeBytes = 0;
  #flushedBytes = 0;
  #flush: Promise<void> = Promise.resolve();

  constructor(file: { id: string; path: string; handle: FileHandle; directory: SharedDirectory }) {
    this.id = file.id;
    this.#path = file.path;
    this.#handle = file.handle;
    this.#nameSync = file.directory.sync();
    // `finish` awaits it; until then its rejection must not count as unhandled.
    this.#nameSync.catch(() => undefined);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Appends; one call at a time. The buffer is free for other use afterwards. May throw for what was appended earlier. */
  async append(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.byteLength) {
      const { bytesWritten } = await this.#handle.write(
        bytes,
        written,
        bytes.byteLength - written,
        this.#sizeBytes,
      );
      written += bytesWritten;
      this.#sizeBytes += bytesWritten;
    }
    if (this.#sizeBytes - this.#flushedBytes >= flushBytes) await this.#startFlush();
  }

  /** Resolves once the bytes and the file's name survive power loss. */
  async finish(): Promise<void> {
    await this.#flush;
    await Promise.all([this.#handle.sync(), this.#nameSync]);
    await this.#handle.close();
  }

  /** Deletes it. Never throws: what is left over is found by the next start. */
  async discard(): Promise<void> {
    await this.#flush.catch(() => undefined);
    await this.#handle.close().catch(() => undefined);
    await unlink(this.#path).catch(() => undefined);
  }

  /** Waits for the flush before, so that a slow disk slows its writers down. The kernel reports each failure only once. */
  async #startFlush(): Promise<void> {
    this.#flushedBytes = this.#sizeBytes;
    await this.#flush;
    this.#flush = this.#handle.datasync();
    // The next append or `finish` awaits it; until then its rejection must not count as unhandled.
    this.#flush.catch(() => undefined);
  }
}
