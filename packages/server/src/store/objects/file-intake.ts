import type { BlobFile } from '../disk/blob-file.ts';
import type { DigestStream } from '../disk/digest-thread.ts';
import { type DigestName, type Digests, MultiDigest } from '../disk/digests.ts';
import { slabBytes } from '../disk/slab-pool.ts';
import type { StoreDeps } from './deps.ts';

/** So many buffers of one upload may wait for the disk and the hashing thread. */
const maxInFlight = 3;

/**
 * Bytes on their way into a file: gathered in large buffers, each of which is then written and hashed at the same time, while
 * the next one fills. It ends with `finish` or with `abandon`.
 */
export class FileIntake {
  readonly #deps: StoreDeps;
  readonly #file: BlobFile;
  readonly #digestNames: readonly DigestName[];
  #slab: Buffer;
  #filledBytes = 0;
  #digest: DigestStream | undefined;
  #lastWrite: Promise<void> = Promise.resolve();
  readonly #inFlight = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(deps: StoreDeps, file: BlobFile, digestNames: readonly DigestName[]) {
    this.#deps = deps;
    this.#file = file;
    this.#digestNames = digestNames;
    this.#slab = deps.slabs.take();
  }

  /** Resolves when there is room for more. */
  async add(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const copied = bytes.copy(this.#slab, this.#filledBytes, at);
      at += copied;
      this.#filledBytes += copied;
      if (this.#filledBytes === slabBytes) await this.#next();
    }
  }

  /** Resolves when everything is written, if not yet durable, and hashed. */
  async finish(): Promise<Digests> {
    const rest = this.#slab.subarray(0, this.#filledBytes);
    if (this.#digest === undefined) {
      // All of it fits one buffer: not worth another thread.
      const digest = new MultiDigest(this.#digestNames);
      digest.update(rest);
      await this.#deps.health.guard(() => this.#file.append(rest));
      this.#deps.slabs.giveBack(this.#slab);
      return digest.digest();
    }
    if (rest.length > 0) this.#process(this.#slab, rest.length);
    else this.#deps.slabs.giveBack(this.#slab);
    await Promise.all(this.#inFlight);
    this.#throwFailure();
    return await this.#digest.digest();
  }

  async abandon(): Promise<void> {
    await Promise.all(this.#inFlight);
    this.#digest?.abandon();
  }

  async #next(): Promise<void> {
    this.#process(this.#slab, this.#filledBytes);
    this.#slab = this.#deps.slabs.take();
    this.#filledBytes = 0;
    while (this.#inFlight.size >= maxInFlight) await Promise.race(this.#inFlight);
    this.#throwFailure();
  }

  #process(slab: Buffer, length: number): void {
    const bytes = slab.subarray(0, length);
    this.#digest ??= this.#deps.digestThread.open(this.#digestNames);
    this.#lastWrite = this.#lastWrite.then(async () => {
      // What comes after a failed write is not written.
      if (this.#failure === undefined) await this.#deps.health.guard(() => this.#file.append(bytes));
    });
    const step = Promise.all([this.#lastWrite, this.#digest.update(bytes)])
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .then(() => {
        this.#inFlight.delete(step);
        this.#deps.slabs.giveBack(slab);
      });
    this.#inFlight.add(step);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
