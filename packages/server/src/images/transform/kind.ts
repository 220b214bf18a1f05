import type { UnreadFormat } from '../formats/known-formats.ts';

/** Formats that the first bytes of a file identify, whatever its name or type. */
export type SourceType = 'jpeg' | 'png' | 'gif' | 'webp' | 'avif' | 'heic' | 'tiff' | 'svg' | 'bmp' | 'ico';

const foreignTypes = ['heic', 'bmp', 'ico'] as const;

/** Formats that libvips does not read: each is decoded once, in a confined process, into an image that stands in for it. */
export type ForeignType = (typeof foreignTypes)[number];

export function isForeign(type: SourceType | undefined): type is ForeignType {
  return foreignTypes.some((foreign) => foreign === type);
}

/** Facts about a file that are read without opening it as an image. */
export interface Kind {
  /** Undefined for a format that is not read. */
  readonly type: SourceType | undefined;
  /** The format, where it is known and not read. */
  readonly unread?: UnreadFormat | undefined;
  readonly sizeBytes: number;
  /** Scans of a JPEG, 1 for other formats: a progressive JPEG is decoded once for each scan. */
  readonly scans: number;
  /** A JPEG with arithmetic coding, whose bytes take twenty times as long to decode as those with Huffman coding. */
  readonly isArithmetic: boolean;
  /** A JPEG that ends without its end mark: a damaged one, unless every pixel is there. */
  readonly lacksEndMark?: boolean;
  /** Frames of an animation of which only the first is read: APNG, and AVIF sequences, whose number is unknown. */
  readonly unreadFrames?: number | 'unknown' | undefined;
}
