import { type FileHandle, unlink } from 'node:fs/promises';
import type { SharedDirectory } from './durable-directory.ts';

/** A blob being written. It ends with `finish` or with `discard`. */
export class BlobFile {
  readonly id: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #directory: SharedDirectory;
  #sizeBytes = 0;

  constructor(file: { id: string; path: string; handle: FileHandle; directory: SharedDirectory }) {
    this.id = file.id;
    this.#path = file.path;
    this.#handle = file.handle;
    this.#directory = file.directory;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Appends; one call at a time. The buffer is free for other use afterwards. */
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
  }

  /** Resolves once the bytes and the file's name survive power loss. */
  async finish(): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
    await this.#directory.sync();
  }

  /** Deletes it. Never throws: what is left over is found by the next start. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await unlink(this.#path).catch(() => undefined);
  }
}
