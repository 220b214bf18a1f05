import { type FileHandle, unlink } from 'node:fs/promises';
import type { SharedDirectory } from './durable-directory.ts';

/** So much is written before it is sent on to the disk, while more comes in. */
const flushBytes = 64 * 1024 * 1024;

/**
 * A blob being written. It ends with `finish` or with `discard`.
 *
 * What is written is sent to the disk as it comes: left to the end, the sync of a large file would take as long as writing it
 * has taken, and the memory of the whole machine would fill with what is not on disk yet.
 */
export class BlobFile {
  readonly id: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #directory: SharedDirectory;
  #sizeBytes = 0;
  #flushedBytes = 0;
  #flush: Promise<void> = Promise.resolve();

  constructor(file: { id: string; path: string; handle: FileHandle; directory: SharedDirectory }) {
    this.id = file.id;
    this.#path = file.path;
    this.#handle = file.handle;
    this.#directory = file.directory;
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
    await this.#handle.sync();
    await this.#handle.close();
    await this.#directory.sync();
  }

  /** Deletes it. Never throws: what is left over is found by the next start. */
  async discard(): Promise<void> {
    await this.#flush.catch(() => undefined);
    await this.#handle.close().catch(() => undefined);
    await unlink(this.#path).catch(() => undefined);
  }

  /** Waits for the flush before, so that a slow disk slows its writers down. The system tells of each failure only once. */
  async #startFlush(): Promise<void> {
    this.#flushedBytes = this.#sizeBytes;
    await this.#flush;
    this.#flush = this.#handle.datasync();
    // Whoever waits for it next is told; until then nobody is.
    this.#flush.catch(() => undefined);
  }
}
