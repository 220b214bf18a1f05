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
  /** Of a JPEG, 1 for everything else: a progressive one is decoded once for each. */
  readonly scans: number;
}

/** What is used of a picture's header. The rest can be as large as the file, and is let go. */
export type Header = Pick<
  Metadata,
  'autoOrient' | 'orientation' | 'pages' | 'delay' | 'loop' | 'depth' | 'space' | 'hasAlpha'
>;

/**
 * A file that pictures are made of, with what was read and made of it so far: each of these when it is first needed, and
 * once. Nothing is kept of a failure.
 */
export class Original {
  readonly #bytes: Lazy<Buffer>;
  readonly #kind: Lazy<Kind>;
  readonly #header: Lazy<Header>;
  readonly #copies = new Map<number, Lazy<Canvas>>();
  readonly #onGrown: () => void;
  /** Somebody may still be working with bytes that are no longer kept. */
  #inUse: WeakRef<Buffer> | undefined;
  #heldByBytes = 0;
  #heldByCopies = 0;

  /**
   * @param read fetches the bytes, each time the same
   * @param onGrown told when this has come to hold more memory
   */
  constructor(read: () => Promise<Buffer>, onGrown: () => void = () => {}) {
    this.#onGrown = onGrown;
    this.#bytes = new Lazy(async () => {
      const bytes = this.#inUse?.deref() ?? (await read());
      this.#inUse = new WeakRef(bytes);
      this.#heldByBytes = bytes.length;
      onGrown();
      return bytes;
    });
    this.#kind = new Lazy(async () => {
      const bytes = await this.bytes();
      const type = detectType(bytes);
      return { type, sizeBytes: bytes.length, scans: type === 'jpeg' ? countScans(bytes) : 1 };
    });
    this.#header = new Lazy(async () => readHeader(await this.bytes()));
  }

  bytes(): Promise<Buffer> {
    return this.#bytes.get();
  }

  kind(): Promise<Kind> {
    return this.#kind.get();
  }

  /** To be asked only of the kinds that may be opened. */
  header(): Promise<Header> {
    return this.#header.get();
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
    return this.#heldByBytes + this.#heldByCopies;
  }

  /** Whether there is more to it than its copies, and copies to fall back on. */
  get isMoreThanCopies(): boolean {
    return this.#heldByBytes > 0 && this.#heldByCopies > 0;
  }

  /** Who needs them reads them again; most sizes are made of the reduced copies. */
  letGoOfBytes(): void {
    this.#heldByBytes = 0;
    this.#bytes.drop();
  }
}

const startOfScan = Buffer.from([0xff, 0xda]);
/** libvips reads no more. */
const maxScans = 100;

/** Within a scan, a byte of 0xFF is followed by 0 (ITU-T T.81, section B.1.1.5); what is found elsewhere counts too much, never too little. */
function countScans(bytes: Buffer): number {
  let scans = 0;
  for (let at = bytes.indexOf(startOfScan); at >= 0 && scans < maxScans; scans++) {
    at = bytes.indexOf(startOfScan, at + startOfScan.length);
  }
  return Math.max(1, scans);
}

async function readHeader(bytes: Buffer): Promise<Header> {
  const metadata = await engine(bytes, { ...strictly, limitInputPixels: false }).metadata();
  const { autoOrient, orientation, pages, delay, loop, depth, space, hasAlpha } = metadata;
  return {
    ...{ autoOrient, depth, space, hasAlpha },
    ...(orientation !== undefined && { orientation }),
    ...(pages !== undefined && { pages }),
    ...(delay !== undefined && { delay }),
    ...(loop !== undefined && { loop }),
  };
}
