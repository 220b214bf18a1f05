/** Of each buffer: large enough that a disk or another thread is not asked too often. */
export const slabBytes = 1024 * 1024;

/** When so many are taken, those who have several should make do with fewer. Not more are kept while nobody needs them. */
const plentySlabs = 24;

/** Buffers in shared memory, which threads can read without a copy being made for them. */
export class SlabPool {
  readonly #free: Buffer[] = [];
  #taken = 0;

  /** Whether so many are taken that there are none to spare. */
  get isScarce(): boolean {
    return this.#taken >= plentySlabs;
  }

  take(): Buffer {
    this.#taken++;
    return this.#free.pop() ?? Buffer.from(new SharedArrayBuffer(slabBytes));
  }

  giveBack(slab: Buffer): void {
    this.#taken--;
    // What is dropped stays in memory until both threads have collected garbage.
    if (this.#free.length < plentySlabs) this.#free.push(slab);
  }
}
