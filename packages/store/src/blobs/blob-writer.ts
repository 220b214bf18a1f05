import {
  type DigestName,
  type DigestStream,
  type Digests,
  type DigestThread,
  digestAtOnce,
} from '../checksums/digests.ts';
import type { BlobFile } from './blob-file.ts';

/** Parts of the store that a `BlobWriter` uses. */
interface BlobWriterDeps {
  readonly slabs: SlabPool;
  readonly digestThread: DigestThread;
  readonly health: { guard<T>(write: () => Promise<T>): Promise<T> };
}

/** Buffers of one upload that may wait for the disk and the hashing thread: 3 while buffers are scarce, else 12. */
const maxInFlightWhenScarce = 3;
const maxInFlight = 12;

/**
 * Writes and hashes a blob. Bytes are gathered in buffers of 1 MiB; each full buffer is written and hashed at the same time, while the
 * next one fills. Ends with `finish` or with `abandon`.
 */
export class BlobWriter {
  readonly #deps: BlobWriterDeps;
  readonly #file: BlobFile;
  readonly #digestNames: readonly DigestName[];
  /** The buffer being filled; undefined before the first byte and after the last buffer was handed over. */
  #slab: Buffer | undefined;
  #filledBytes = 0;
  #digest: DigestStream | undefined;
  #lastWrite: Promise<void> = Promise.resolve();
  readonly #inFlight = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(deps: BlobWriterDeps, file: BlobFile, digestNames: readonly DigestName[]) {
    this.#deps = deps;
    this.#file = file;
    this.#digestNames = digestNames;
  }

  /** Resolves when a buffer is free for the next bytes. */
  async add(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      this.#slab ??= this.#deps.slabs.take();
      const next = bytes.subarray(at, at + slabBytes - this.#filledBytes);
      // `fill` rather than `copy`, which moves bytes to shared memory one word at a time: a third of the time.
      this.#slab.fill(next, this.#filledBytes, this.#filledBytes + next.length);
      at += next.length;
      this.#filledBytes += next.length;
      if (this.#filledBytes < slabBytes) continue;
      this.#process();
      while (this.#inFlight.size >= this.#limit()) await Promise.race(this.#inFlight);
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

  /** For content of one buffer at most: hashed on this thread. */
  async #finishAtOnce(): Promise<Digests> {
    const bytes = this.#slab?.subarray(0, this.#filledBytes) ?? Buffer.alloc(0);
    const digests = digestAtOnce(this.#digestNames, bytes);
    await this.#deps.health.guard(() => this.#file.append(bytes));
    if (this.#slab !== undefined) this.#deps.slabs.giveBack(this.#slab);
    this.#slab = undefined;
    return digests;
  }

  #limit(): number {
    return this.#deps.slabs.isScarce ? maxInFlightWhenScarce : maxInFlight;
  }

  /** Hands the gathered bytes to the disk and the hashing thread. */
  #process(): void {
    const slab = this.#slab;
    if (slab === undefined) return;
    const bytes = slab.subarray(0, this.#filledBytes);
    this.#slab = undefined;
    this.#filledBytes = 0;
    this.#digest ??= this.#deps.digestThread.open(this.#digestNames);
    this.#lastWrite = this.#lastWrite.then(async () => {
      // Nothing is written after a failed write.
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

/** Size of a buffer: large enough to keep calls to the disk and messages to the hashing thread few. */
const slabBytes = 1024 * 1024;

/** From 24 taken slabs on, each upload holds fewer. At most 24 free slabs are kept. */
const scarceFromSlabs = 24;

/** Buffers in shared memory, which threads can read without a copy being made for them. */
export class SlabPool {
  readonly #free: Buffer[] = [];
  #taken = 0;

  /** Whether 24 slabs or more are taken. */
  get isScarce(): boolean {
    return this.#taken >= scarceFromSlabs;
  }

  take(): Buffer {
    this.#taken++;
    return this.#free.pop() ?? Buffer.from(new SharedArrayBuffer(slabBytes));
  }

  giveBack(slab: Buffer): void {
    this.#taken--;
    // A dropped buffer stays in memory until both threads have collected garbage.
    if (this.#free.length < scarceFromSlabs) this.#free.push(slab);
  }
}
