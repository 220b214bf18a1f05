import type { ImagePlan, Limits } from '@bkend/storage-contract';
import type { Metadata, SharpOptions } from 'sharp';
import type { Canvas } from './canvas.ts';
import { engine, strictly } from './engine.ts';
import type { Size } from './geometry/size.ts';
import { detectType, requireType, type SourceType, tooManyPixels, unreadable } from './source-type.ts';

/** Facts about a file that are read without opening it as an image. */
export interface Kind {
  /** Undefined for an unknown format. */
  readonly type: SourceType | undefined;
  readonly sizeBytes: number;
  /** Scans of a JPEG, 1 for other formats: a progressive JPEG is decoded once for each scan. */
  readonly scans: number;
  /** A JPEG with arithmetic coding, whose bytes take twenty times as long to decode as those with Huffman coding. */
  readonly isArithmetic: boolean;
}

/** The used fields of an image's header. The others can be as large as the file, and are not kept. */
export type Header = Pick<
  Metadata,
  'autoOrient' | 'orientation' | 'pages' | 'delay' | 'loop' | 'depth' | 'space' | 'hasAlpha'
>;

/**
 * An original with everything read and made from it so far: bytes, kind, header and reduced copies, each created on first use,
 * once for all concurrent requests. Failures are not kept.
 */
export class Original {
  readonly #bytes: Lazy<Buffer>;
  readonly #kind: Lazy<Kind>;
  readonly #header: Lazy<Header>;
  readonly #copies = new Map<number, Lazy<Canvas>>();
  readonly #onGrown: () => void;
  /** Bytes that are no longer kept, while a request still uses them. */
  #inUse: WeakRef<Buffer> | undefined;
  #heldByBytes = 0;
  #heldByCopies = 0;

  /**
   * @param read fetches the bytes, each time the same
   * @param onGrown called when this holds more memory than before
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
      return {
        type,
        sizeBytes: bytes.length,
        scans: type === 'jpeg' ? countScans(bytes) : 1,
        isArithmetic: type === 'jpeg' && isArithmeticJpeg(bytes),
      };
    });
    this.#header = new Lazy(async () => readHeader(await this.bytes()));
  }

  bytes(): Promise<Buffer> {
    return this.#bytes.get();
  }

  kind(): Promise<Kind> {
    return this.#kind.get();
  }

  /** To be called for kinds that {@link requireType} accepts only. */
  header(): Promise<Header> {
    return this.#header.get();
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
    return this.#heldByBytes + this.#heldByCopies;
  }

  /** Whether both bytes and reduced copies are held: then the bytes can go first. */
  get holdsBytesAndCopies(): boolean {
    return this.#heldByBytes > 0 && this.#heldByCopies > 0;
  }

  /** Drops the bytes; they are fetched again when needed. Most sizes are made from the reduced copies. */
  dropBytes(): void {
    this.#heldByBytes = 0;
    this.#bytes.drop();
  }
}

const startOfScan = Buffer.from([0xff, 0xda]);
/** libvips reads at most this number of scans. */
const maxScans = 100;

/** Within a scan, a byte of 0xFF is followed by 0 (ITU-T T.81, section B.1.1.5): markers found elsewhere raise the count, never lower it. */
function countScans(bytes: Buffer): number {
  let scans = 0;
  for (let at = bytes.indexOf(startOfScan); at >= 0 && scans < maxScans; scans++) {
    at = bytes.indexOf(startOfScan, at + startOfScan.length);
  }
  return Math.max(1, scans);
}

/** SOF9 to SOF15 without DHP; the other frame headers stand for Huffman coding (ITU-T T.81, table B.1). */
const arithmeticFrames = new Set([0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);
const huffmanFrames = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7]);
/** TEM, RST0 to RST7 and SOI: markers without a segment. */
const hasNoSegment = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

/** Walks the markers to the first frame header, as libjpeg does: bytes between segments are skipped. */
function isArithmeticJpeg(bytes: Buffer): boolean {
  let at = 2;
  while (at < bytes.length) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return false;
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at++] ?? 0;
    if (arithmeticFrames.has(marker)) return true;
    if (huffmanFrames.has(marker) || marker === 0xd9 || marker === 0xda || at + 2 > bytes.length)
      return false;
    if (marker !== 0 && !hasNoSegment(marker)) at += bytes.readUInt16BE(at);
  }
  return false;
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

/** An original whose header has been read and accepted for decoding; no pixel is decoded yet. */
export interface Source {
  readonly original: Original;
  /** Size of the file. */
  readonly sizeBytes: number;
  readonly type: SourceType;
  /** Options for decoding. */
  readonly options: SharpOptions;
  readonly header: Header;
  /** Upright, as EXIF orients it. */
  readonly size: Size;
  /** Frames to be decoded; more than one makes an animation. */
  readonly frames: number;
}

/** The facts about an image from its first bytes and its header. */
export type Examined = Omit<Source, 'original'>;

export interface ExamineInput {
  /** The type on record. */
  readonly mimeType: string;
  readonly limits: Limits;
  readonly plan: Pick<ImagePlan, 'page' | 'maxFrames'>;
}

/** At most this number of frames is decoded, however small they are. */
const maxFrames = 300;

/**
 * Reads the header alone, and refuses everything that should not be decoded: a file that is no image, a document with the type of
 * an image, and too many pixels over all frames.
 * @throws `file/invalid-format`, `file/file-too-large`
 */
export async function inspectSource(original: Original, input: ExamineInput): Promise<Source> {
  const kind = await original.kind();
  const type = requireType(kind, input.mimeType);
  const header = await original.header().catch(unreadable);
  return { original, ...examine({ type, sizeBytes: kind.sizeBytes, header }, input) };
}

/** @throws `file/file-too-large` */
export function examine(
  { type, sizeBytes, header }: Pick<Examined, 'type' | 'sizeBytes' | 'header'>,
  { limits, plan }: Pick<ExamineInput, 'limits' | 'plan'>,
): Examined {
  const base: SharpOptions = { ...strictly, limitInputPixels: limits.maxSourceImagePixels };
  const { width, height } = header.autoOrient;
  if (width * height > limits.maxSourceImagePixels) throw tooManyPixels(limits.maxSourceImagePixels);
  const pages = header.pages ?? 1;
  const page = Math.min(plan.page ?? 1, pages) - 1;
  const animated = (type === 'gif' || type === 'webp') && plan.page === undefined;
  const affordable = Math.floor(limits.maxSourceImagePixels / (width * height));
  const frames = animated ? Math.max(1, Math.min(pages, plan.maxFrames ?? pages, maxFrames, affordable)) : 1;
  const options = { ...base, ...(frames > 1 ? { pages: frames } : page > 0 && { page }) };
  return { sizeBytes, type, options, header, size: { width, height }, frames };
}
