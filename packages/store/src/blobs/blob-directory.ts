import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectoryDurably, SharedDirectory } from '../directory/durable-directory.ts';
import { newId } from '../index/keys.ts';
import { BlobFile } from './blob-file.ts';

/**
 * The blobs: content above 64 KiB, a local file each.
 *
 * A blob is created in `incoming/` and stays there until the index has committed a reference to it; then it moves to
 * `blobs/<xx>/`. So after a crash everything in doubt is in one small directory: referenced blobs are moved
 * on, the others are removed, and no start has to look through all blobs. Readers look in both directories.
 *
 * The move needs no sync of its own. If power loss undoes it, the file is in `incoming/` again, whose entry was
 * synced before the index referred to it.
 */
export class BlobDirectory {
  readonly #blobsPath: string;
  readonly #incoming: SharedDirectory;
  readonly #fanOutMade = new Set<string>();

  private constructor(blobsPath: string, incoming: SharedDirectory) {
    this.#blobsPath = blobsPath;
    this.#incoming = incoming;
  }

  /** @param path absolute */
  static async open(path: string): Promise<BlobDirectory> {
    const blobsPath = join(path, 'blobs');
    await makeDirectoryDurably(blobsPath);
    return new BlobDirectory(blobsPath, await SharedDirectory.open(join(path, 'incoming')));
  }

  /** Creates a blob, which has no reference until it is settled. */
  async create(): Promise<BlobFile> {
    const id = newId();
    const path = this.#incomingPath(id);
    const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    return new BlobFile({ id, path, handle, directory: this.#incoming });
  }

  /** Moves a blob out of `incoming/`. Called once the index has committed a reference to it. */
  async settle(id: string): Promise<void> {
    await this.#makeFanOut(id);
    await rename(this.#incomingPath(id), this.#settledPath(id));
  }

  async openForReading(id: string): Promise<FileHandle> {
    // Settled, not yet settled, or settled between the first look and the second.
    for (const path of [this.#settledPath(id), this.#incomingPath(id)]) {
      try {
        return await open(path, 'r');
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    return await open(this.#settledPath(id), 'r');
  }

  /** Deletes the file if it is there. */
  async remove(id: string): Promise<void> {
    for (const path of [this.#settledPath(id), this.#incomingPath(id)]) await unlinkIfThere(path);
  }

  /**
   * Finishes what a crash interrupted.
   *
   * @param isReferenced whether the index knows this blob
   */
  async recover(isReferenced: (id: string) => boolean): Promise<void> {
    for (const id of await readdir(this.#incoming.path)) {
      if (isReferenced(id)) await this.settle(id);
      else await unlinkIfThere(this.#incomingPath(id));
    }
  }

  /** The ids of all settled files, in no order. */
  async *list(): AsyncGenerator<string> {
    for (const fanOut of await readdir(this.#blobsPath)) yield* await readdir(join(this.#blobsPath, fanOut));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#incoming[Symbol.asyncDispose]();
  }

  async #makeFanOut(id: string): Promise<void> {
    const fanOut = fanOutOf(id);
    if (this.#fanOutMade.has(fanOut)) return;
    await mkdir(join(this.#blobsPath, fanOut), { recursive: true });
    this.#fanOutMade.add(fanOut);
  }

  #incomingPath(id: string): string {
    return join(this.#incoming.path, id);
  }

  #settledPath(id: string): string {
    return join(this.#blobsPath, fanOutOf(id), id);
  }
}

function fanOutOf(id: string): string {
  return id.slice(-2);
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
