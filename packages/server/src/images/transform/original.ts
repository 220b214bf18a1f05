import type { Metadata } from 'sharp';
import { countScans, hasEndMark, isArithmeticJpeg } from '../formats/jpeg.ts';
import { detectUnread } from '../formats/known-formats.ts';
import { countFrames } from '../formats/still-of-animation.ts';
import type { Canvas } from './canvas.ts';
import { engine, strictly } from './engine.ts';
import { type ForeignType, isForeign, type Kind } from './kind.ts';
import { readable } from './readable.ts';
import { detectType, unsupported } from './source-type.ts';

/** The used fields of an image's header. The others can be as large as the file, and are not kept. */
export type Header = Pick<
  Metadata,
  'autoOrient' | 'orientation' | 'pages' | 'delay' | 'loop' | 'depth' | 'space' | 'hasAlpha'
> & {
  /** The colour space that the ICC profile is for; absent without a profile. */
  readonly profile?: 'RGB' | 'GRAY' | 'CMYK';
};

/** Decodes a format that libvips does not read into one that it reads. */
export type DecodeForeign = (bytes: Buffer, type: ForeignType) => Promise<Buffer>;

/**
 * An original with everything read and made from it so far: bytes, kind, header and reduced copies, each created on first use,
 * once for all concurrent requests. Failures are not kept.
 */
export class Original {
  readonly #bytes: Lazy<Buffer>;
  readonly #kind: Lazy<Kind>;
  /** The image that libvips reads in place of a foreign one. */
  readonly #standIn: Lazy<Buffer>;
  #decode: DecodeForeign | undefined;
  readonly #header: Lazy<Header>;
  readonly #copies = new Map<number, Lazy<Canvas>>();
  readonly #onGrown: () => void;
  /** Bytes that are no longer kept, while a request still uses them. */
  #inUse: WeakRef<Buffer> | undefined;
  #standInInUse: WeakRef<Buffer> | undefined;
  #heldByBytes = 0;
  #heldByStandIn = 0;
  #heldByCopies = 0;

  /**
   * @param read fetches the bytes, each time the same
   * @param onGrown called when this holds more memory than before
   * @param decoded the kind of a foreign format, of which `read` gives the image that stands in for it
   */
  constructor(read: () => Promise<Buffer>, onGrown: () => void = () => {}, decoded?: Kind) {
    this.#onGrown = onGrown;
    if (decoded) this.#decode = async (bytes) => bytes;
    this.#bytes = new Lazy(async () => {
      const bytes = this.#inUse?.deref() ?? (await read());
      this.#inUse = new WeakRef(bytes);
      this.#heldByBytes = bytes.length;
      onGrown();
      return bytes;
    });
    this.#kind = new Lazy(async () => {
      if (decoded) return decoded;
      const bytes = await this.bytes();
      const type = detectType(bytes);
      return {
        type,
        sizeBytes: bytes.length,
        scans: type === 'jpeg' ? countScans(bytes) : 1,
        isArithmetic: type === 'jpeg' && isArithmeticJpeg(bytes),
        lacksEndMark: type === 'jpeg' && !hasEndMark(bytes),
        unread: type === undefined ? detectUnread(bytes) : undefined,
        unreadFrames: countFrames(bytes, type),
      };
    });
    this.#standIn = new Lazy(async () => {
      const standIn = this.#standInInUse?.deref() ?? (await this.#decodeForeign());
      this.#standInInUse = new WeakRef(standIn);
      this.#heldByStandIn = standIn.length;
      // Nothing else is read from them.
      this.#heldByBytes = 0;
      this.#bytes.drop();
      onGrown();
      return standIn;
    });
    this.#header = new Lazy(() => this.#readHeader(0));
  }

  bytes(): Promise<Buffer> {
    return this.#bytes.get();
  }

  kind(): Promise<Kind> {
    return this.#kind.get();
  }

  /** The bytes as libvips opens them: most are those of the file. @throws `file/file-too-large` for SVG that expands beyond its limit */
  async readable(): Promise<Buffer> {
    const kind = await this.kind();
    return isForeign(kind.type) ? this.#standIn.get() : readable(await this.bytes(), kind);
  }

  /** Sets how a foreign format is decoded, when that is needed. */
  decodeBy(decode: DecodeForeign): void {
    this.#decode = decode;
  }

  /** Decodes a foreign format, unless that is done. @param decode kept for the time when the result is no longer in memory */
  async decodedBy(decode: DecodeForeign): Promise<void> {
    this.decodeBy(decode);
    await this.#standIn.get();
  }

  async #decodeForeign(): Promise<Buffer> {
    const { type } = await this.kind();
    if (!isForeign(type) || !this.#decode) throw unsupported(type ?? 'This format');
    return this.#decode(await this.bytes(), type);
  }

  /**
   * To be called for kinds that `requireType` accepts only.
   * @param page from 0; pages of a document may differ in everything
   */
  header(page = 0): Promise<Header> {
    return page === 0 ? this.#header.get() : this.#readHeader(page);
  }

  async #readHeader(page: number): Promise<Header> {
    return readHeader(await this.readable(), page);
  }

  /** The reduced copy whose sides are divided by `divisor`. */
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

  /** Memory of the bytes and the reduced copies. */
  get heldBytes(): number {
    return this.#heldByBytes + this.#heldByStandIn + this.#heldByCopies;
  }

  /** Whether reduced copies are held: most sizes are made from one. */
  get holdsCopies(): boolean {
    return this.#heldByCopies > 0;
  }

  /** Whether both bytes and reduced copies are held: then the bytes can go first. */
  get holdsBytesAndCopies(): boolean {
    return this.#heldByBytes + this.#heldByStandIn > 0 && this.#heldByCopies > 0;
  }

  /** Drops the bytes; they are fetched again when needed. Most sizes are made from the reduced copies. */
  dropBytes(): void {
    this.#heldByBytes = 0;
    this.#heldByStandIn = 0;
    this.#bytes.drop();
    this.#standIn.drop();
  }
}

const profileSpaces: Readonly<Record<string, NonNullable<Header['profile']>>> = {
  'RGB ': 'RGB',
  GRAY: 'GRAY',
  CMYK: 'CMYK',
};

/** The colour space of an ICC profile (ICC.1:2022, section 7.2); undefined for bytes that are none. */
function profileSpace(icc: Buffer | undefined): Header['profile'] {
  if (icc?.toString('latin1', 36, 40) !== 'acsp') return undefined;
  return profileSpaces[icc.toString('latin1', 16, 20)];
}

async function readHeader(bytes: Buffer, page: number): Promise<Header> {
  const options = { ...strictly, limitInputPixels: false, ...(page > 0 && { page }) } as const;
  const { icc, ...metadata } = await engine(bytes, options).metadata();
  const { autoOrient, orientation, pages, delay, loop, depth, space, hasAlpha } = metadata;
  const profile = profileSpace(icc);
  return {
    ...{ autoOrient, depth, space, hasAlpha },
    ...(orientation !== undefined && { orientation }),
    ...(pages !== undefined && { pages }),
    ...(delay !== undefined && { delay }),
    ...(loop !== undefined && { loop }),
    ...(profile && { profile }),
  };
}

/** A value that is created on first use: once for all concurrent uses, and again only after a failure. */
class Lazy<Value> {
  readonly #make: () => Promise<Value>;
  #value: Promise<Value> | undefined;

  constructor(make: () => Promise<Value>) {
    this.#make = make;
  }

  /** @throws what making it throws */
  get(): Promise<Value> {
    if (this.#value) return this.#value;
    // In a later microtask: creating the value may drop it.
    const value = Promise.resolve().then(this.#make);
    this.#value = value;
    value.catch(() => {
      if (this.#value === value) this.drop();
    });
    return value;
  }

  /** Drops the value; the next use creates it again. */
  drop(): void {
    this.#value = undefined;
  }
}
