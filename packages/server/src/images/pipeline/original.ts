import type { Metadata } from 'sharp';
import { Lazy } from '../work/lazy.ts';
import type { Canvas } from './canvas.ts';
import { detectType, type SourceType } from './detect-type.ts';
import { engine, strictly } from './engine.ts';

/** What the first bytes of a file say it is. */
export interface Kind {
  /** Undefined for what is no picture we know. */
  readonly type: SourceType | undefined;
  readonly sizeBytes: number;
}

/**
 * A file that pictures are made of, with what was read and made of it so far: each of these when it is first needed, and
 * once. Nothing is kept of a failure.
 */
export class Original {
  readonly #bytes: Lazy<Buffer>;
  readonly #kind: Lazy<Kind>;
  readonly #metadata: Lazy<Metadata>;
  readonly #copies = new Map<number, Lazy<Canvas>>();
  readonly #onGrown: () => void;
  #heldBySelf = 0;
  #heldByCopies = 0;

  /**
   * @param read fetches the bytes
   * @param onGrown told when this has come to hold more memory
   */
  constructor(read: () => Promise<Buffer>, onGrown: () => void = () => {}) {
    this.#onGrown = onGrown;
    this.#bytes = new Lazy(async () => {
      const bytes = await read();
      this.#heldBySelf = bytes.length;
      onGrown();
      return bytes;
    });
    this.#kind = new Lazy(async () => {
      const bytes = await this.bytes();
      return { type: detectType(bytes), sizeBytes: bytes.length };
    });
    this.#metadata = new Lazy(async () =>
      engine(await this.bytes(), { ...strictly, limitInputPixels: false }).metadata(),
    );
  }

  bytes(): Promise<Buffer> {
    return this.#bytes.get();
  }

  kind(): Promise<Kind> {
    return this.#kind.get();
  }

  /** What the header says. To be asked only of the kinds that may be opened. */
  metadata(): Promise<Metadata> {
    return this.#metadata.get();
  }

  /** The copy whose sides are divided by this. */
  reducedBy(divisor: number, reduce: () => Promise<Canvas>): Promise<Canvas> {
    const known = this.#copies.get(divisor);
    if (known) return known.get();
    const copy = new Lazy(async () => {
      const canvas = await reduce();
      this.#heldByCopies += canvas.pixels.length;
      this.#onGrown();
      return canvas;
    });
    this.#copies.set(divisor, copy);
    return copy.get();
  }

  /** How much memory the bytes and the copies take. */
  get heldBytes(): number {
    return this.#heldBySelf + this.#heldByCopies;
  }

  /** Keeps the reduced copies alone, from which most sizes are made. Says whether that made any difference. */
  letGoOfBytes(): boolean {
    if (this.#heldBySelf === 0 || this.#heldByCopies === 0) return false;
    this.#heldBySelf = 0;
    this.#bytes.drop();
    return true;
  }
}
