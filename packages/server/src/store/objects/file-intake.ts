import type { BlobFile } from '../disk/blob-file.ts';
import type { DigestStream } from '../disk/digest-thread.ts';
import { type DigestName, type Digests, digestAtOnce } from '../disk/digests.ts';
import { slabBytes } from '../disk/slab-pool.ts';
import type { StoreDeps } from './deps.ts';

/** So many buffers of one upload may wait for the disk and the hashing thread: always, and while there are enough for all. */
const inFlightAlways = 3;
const inFlightInPlenty = 12;

/**
 * Bytes on their way into a file: gathered in large buffers, each of which is then written and hashed at the same time, while
 * the next one fills. It ends with `finish` or with `abandon`.
 */
export class FileIntake {
  readonly #deps: StoreDeps;
  readonly #file: BlobFile;
  readonly #digestNames: readonly DigestName[];
  /** The one that fills; none once it has been passed on at the end. */
  #slab: Buffer | undefined;
  #filledBytes = 0;
  #digest: DigestStream | undefined;
  #lastWrite: Promise<void> = Promise.resolve();
  readonly #inFlight = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(deps: StoreDeps, file: BlobFile, digestNames: readonly DigestName[]) {
    this.#deps = deps;
    this.#file = file;
    this.#digestNames = digestNames;
  }

  /** Resolves when there is room for more. */
  async add(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      this.#slab ??= this.#deps.slabs.take();
      const copied = bytes.copy(this.#slab, this.#filledBytes, at);
      at += copied;
      this.#filledBytes += copied;
      if (this.#filledBytes < slabBytes) continue;
      this.#process();
      while (this.#inFlight.size >= this.#maxInFlight()) await Promise.race(this.#inFlight);
      this.#throwFailure();
    }
  }

  /** Resolves when everything is written, if not yet durable, and hashed. */
  async finish(): Promise<Digests> {
    if (this.#digest === undefined) return await this.#finishAtOnce();
    this.#process();
    await Promise.all(this.#inFlight);
    this.#throwFailure();
    return await this.#digest.digest();
  }

  async abandon(): Promise<void> {
    await Promise.all(this.#inFlight);
    this.#digest?.abandon();
    if (this.#slab !== undefined) this.#deps.slabs.giveBack(this.#slab);
    this.#slab = undefined;
  }

  /** All of it fits one buffer: not worth another thread. */
  async #finishAtOnce(): Promise<Digests> {
    const bytes = this.#slab?.subarray(0, this.#filledBytes) ?? Buffer.alloc(0);
    const digests = digestAtOnce(this.#digestNames, bytes);
    await this.#deps.health.guard(() => this.#file.append(bytes));
    if (this.#slab !== undefined) this.#deps.slabs.giveBack(this.#slab);
    this.#slab = undefined;
    return digests;
  }

  #maxInFlight(): number {
    return this.#deps.slabs.isScarce ? inFlightAlways : inFlightInPlenty;
  }

  /** Passes on what has been gathered. */
  #process(): void {
    const slab = this.#slab;
    if (slab === undefined) return;
    const bytes = slab.subarray(0, this.#filledBytes);
    this.#slab = undefined;
    this.#filledBytes = 0;
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
