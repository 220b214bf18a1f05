import type { ImageFormat } from '@bkend/storage-contract';
import type { Sharp } from 'sharp';
import { defaultQuality, type EncodeOptions, encodeAs, isJpegTiff } from './encode.ts';
import { clamp } from './geometry/size.ts';

/** Most encodings of {@link encodeWithin}. */
export const maxTries = 4;

/** The result of `max_bytes()`. */
export interface Reached {
  readonly isMet: boolean;
  /** The quality of a format that has one. */
  readonly quality?: number;
  /** Colours of the palette of PNG and GIF, where it was reduced. */
  readonly colours?: number;
}

export interface WithinInput extends EncodeOptions {
  readonly format: ImageFormat;
  /** Gives the same image again for each try. */
  readonly open: () => Sharp;
}

/** How a format is made smaller: by levels, of which a higher one takes more bytes. */
interface Levels {
  readonly worst: number;
  readonly best: number;
  /** Natural logarithm of the bytes of one level by those of the next lower one, as photographs have it. */
  readonly step: number;
  /** The level of the first encoding, where it is one of them. */
  readonly first?: number;
  readonly settings: (level: number) => Pick<Reached, 'quality' | 'colours'>;
}

/** Bits of the palette. */
const paletteLevels = { worst: 1, step: 0.4, settings: (bits: number) => ({ colours: 2 ** bits }) };

/** Undefined where a format has no way to take fewer bytes. */
export function levelsOf(
  format: ImageFormat,
  { output, hasAlpha }: Pick<EncodeOptions, 'output' | 'hasAlpha'>,
): Levels | undefined {
  const { lossless, quality } = output;
  if (format === 'png') return lossless ? undefined : { ...paletteLevels, best: 8 };
  if (format === 'gif') return { ...paletteLevels, best: 7, first: 8 };
  if (lossless && format !== 'jpeg') return undefined;
  if (format === 'tiff' && !isJpegTiff({ lossless, hasAlpha })) return undefined;
  const first = quality ?? defaultQuality[format];
  return { worst: 5, best: first - 1, first, step: 0.025, settings: (level) => ({ quality: level }) };
}

/**
 * Encodes in at most `maxBytes` bytes, in at most {@link maxTries} encodings: the first as requested; the others at levels between
 * what was too large and what was small enough, where the bytes so far let expect the limit. Where nothing fits, the last try is
 * the smallest that the format can be.
 */
export async function encodeWithin(
  maxBytes: number,
  { open, format, ...options }: WithinInput,
): Promise<{ readonly bytes: Buffer } & Reached> {
  const attempt = ({ quality, colours }: Pick<Reached, 'quality' | 'colours'>) =>
    encodeAs(open(), format, {
      ...options,
      output: quality === undefined ? options.output : { ...options.output, quality },
      ...(colours !== undefined && { colours }),
    }).toBuffer();
  const levels = levelsOf(format, options);
  const bytes = await attempt({});
  const isQuality = format !== 'png' && format !== 'gif' && levels?.first !== undefined;
  const asked = { bytes, ...(isQuality && { quality: levels.first }) };
  if (bytes.length <= maxBytes || !levels) return { ...asked, isMet: bytes.length <= maxBytes };
  const search = new Search(levels, maxBytes, bytes.length);
  let smallest: { bytes: Buffer } & Omit<Reached, 'isMet'> = asked;
  let best: typeof smallest | undefined;
  for (let left = maxTries - 1; left > 0; left--) {
    const level = search.next(best === undefined ? left : 0);
    if (level === undefined) break;
    const settings = levels.settings(level);
    const tried = { bytes: await attempt(settings), ...settings };
    search.tell(level, tried.bytes.length);
    if (tried.bytes.length <= maxBytes) best = tried;
    else if (tried.bytes.length < smallest.bytes.length) smallest = tried;
  }
  return { ...(best ?? smallest), isMet: best !== undefined };
}

/** The share of the limit that a try aims at, by the tries left while nothing fits; 0 once something does. */
const aims: Readonly<Record<number, number>> = { 0: 0.97, 3: 0.95, 2: 0.8 };

/** Finds the highest level whose bytes stay within a limit, by the bytes of the levels tried so far. */
class Search {
  readonly #maxBytes: number;
  #low: number;
  #high: number;
  /** The last level tried, or the first encoding, and its bytes. */
  #last: { readonly level: number; readonly bytes: number };
  /** As in {@link Levels}, by the last two. */
  #step: number;

  constructor({ worst, best, first = best + 1, step }: Levels, maxBytes: number, firstBytes: number) {
    this.#maxBytes = maxBytes;
    this.#low = worst;
    this.#high = best;
    this.#step = step;
    this.#last = { level: first, bytes: firstBytes };
  }

  /** Undefined when every level is known to fit or not to. @param left tries left while nothing fits, the last one for the worst */
  next(left: number): number | undefined {
    if (this.#low > this.#high) return undefined;
    const aim = aims[left];
    if (aim === undefined) return this.#low;
    const { level, bytes } = this.#last;
    const down = Math.log(bytes / (this.#maxBytes * aim)) / this.#step;
    return clamp(Math.floor(level - down), this.#low, this.#high);
  }

  tell(level: number, bytes: number): void {
    const step = Math.log(this.#last.bytes / bytes) / (this.#last.level - level);
    if (step > 0 && Number.isFinite(step)) this.#step = step;
    this.#last = { level, bytes };
    if (bytes <= this.#maxBytes) this.#low = level + 1;
    else this.#high = level - 1;
  }
}
