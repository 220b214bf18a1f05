import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { RememberedDraft } from './download-journal.ts';
import { WriteError } from './write-error.ts';

const chunkBytes = 1024 * 1024;

/** A file on its way, under a name that nothing else has, until all of its bytes are there. */
export class Draft {
  readonly path: string;
  /** Bytes that are there. */
  sizeBytes: number;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle, sizeBytes: number) {
    this.path = path;
    this.#handle = handle;
    this.sizeBytes = sizeBytes;
  }

  /** @throws WriteError */
  static async create(directory: string): Promise<Draft> {
    const path = resolve(directory, `.bkend-${randomUUID()}.part`);
    const handle = await open(path, 'wx+').catch((cause: unknown) => {
      throw new WriteError(`Cannot write to ${join(directory, '.')}.`, { cause });
    });
    return new Draft(path, handle, 0);
  }

  /** What an earlier run has left; undefined where it is gone, or is not the file that was left. */
  static async takeUp({ path, device, inode }: RememberedDraft): Promise<Draft | undefined> {
    const handle = await open(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)).catch(() => undefined);
    if (!handle) return undefined;
    const info = await handle.stat();
    if (info.isFile() && info.dev === device && info.ino === inode) return new Draft(path, handle, info.size);
    await handle.close();
    return undefined;
  }

  async identify(): Promise<RememberedDraft> {
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

  async truncate(sizeBytes: number): Promise<void> {
    await this.#handle.truncate(sizeBytes);
    this.sizeBytes = sizeBytes;
  }

  /** What is there, from the beginning. Each chunk is good until the next is asked for. */
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
