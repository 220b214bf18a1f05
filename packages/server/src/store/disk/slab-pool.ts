/** Of each buffer: large enough that a disk or another thread is not asked too often. */
export const slabBytes = 1024 * 1024;

const maxKept = 16;

/** Buffers in shared memory, which threads can read without a copy being made for them. */
export class SlabPool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.from(new SharedArrayBuffer(slabBytes));
  }

  giveBack(slab: Buffer): void {
    if (this.#free.length < maxKept) this.#free.push(slab);
  }
}
