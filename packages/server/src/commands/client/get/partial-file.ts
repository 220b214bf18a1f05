import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { RecordedFile } from './download-journal.ts';
import { WriteError } from './fetch-bytes.ts';
import { partialName } from './partial-name.ts';

const chunkBytes = 1024 * 1024;

/** A download in progress, under a random name until it is complete. */
export class PartialFile {
  readonly path: string;
  /** Bytes written so far. */
  sizeBytes: number;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle, sizeBytes: number) {
    this.path = path;
    this.#handle = handle;
    this.sizeBytes = sizeBytes;
  }

  /** @throws WriteError */
  static async create(directory: string): Promise<PartialFile> {
    const path = resolve(directory, partialName());
    const handle = await open(path, 'wx+').catch((cause: unknown) => {
      throw new WriteError(`Cannot write to ${join(directory, '.')}.`, { cause });
    });
    return new PartialFile(path, handle, 0);
  }

  /** Reopens the file of an earlier run, under a name of this one; undefined where it is missing or another file. */
  static async reopen({ path, device, inode }: RecordedFile): Promise<PartialFile | undefined> {
    const handle = await open(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)).catch(() => undefined);
    if (!handle) return undefined;
    const info = await handle.stat();
    if (info.isFile() && info.dev === device && info.ino === inode) {
      const own = join(dirname(path), partialName());
      if (await renamed(path, own)) return new PartialFile(own, handle, info.size);
    }
    await handle.close();
    return undefined;
  }

  async identify(): Promise<RecordedFile> {
    const { dev, ino } = await this.#handle.stat();
    return { path: this.path, device: dev, inode: ino };
  }

  /** Appends. @throws WriteError */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let written = 0; written < bytes.length; ) {
        const left = bytes.length - written;
        const { bytesWritten } = await this.#handle.write(bytes, written, left, this.sizeBytes);
        written += bytesWritten;
        this.sizeBytes += bytesWritten;
      }
    } catch (cause) {
      throw new WriteError(`Cannot write ${this.path}.`, { cause });
    }
  }

  /** @param modifiedMs milliseconds since 1970 */
  async setModified(modifiedMs: number): Promise<void> {
    // Seconds as a floating-point number: without half a microsecond more, programs that cut the digits would see a millisecond less.
    const seconds = (modifiedMs + 0.0005) / 1000;
    await this.#handle.utimes(seconds, seconds);
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#handle.truncate(sizeBytes);
    this.sizeBytes = sizeBytes;
  }

  /** The bytes written so far, from the beginning. A chunk is valid until the next is requested. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (let position = 0; position < this.sizeBytes; ) {
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

/** @returns false where the file is gone, or may not be renamed */
function renamed(path: string, to: string): Promise<boolean> {
  return rename(path, to).then(
    () => true,
    () => false,
  );
}
