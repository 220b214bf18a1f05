/** Facts about a page of a TIFF (TIFF revision 6.0, section 2), which libvips does not tell. */
export interface TiffFacts {
  /** Old-style JPEG, or YCbCr that no JPEG decoder converts: libvips shows it empty or in wrong colours. */
  readonly isMisread: boolean;
  /** The fourth channel is an ordinary one, such as a saved selection, and not transparency (section 18, ExtraSamples 0). */
  readonly hasUnspecifiedSamples: boolean;
}

const tags = { compression: 259, photometric: 262, extraSamples: 338 } as const;
const oldJpeg = 6;
const ycbcr = 6;
const jpegCodecs = new Set([6, 7]);
/** The chain of pages is followed no further. */
const maxPages = 10_000;

/**
 * @param page from 0
 * @returns undefined for a BigTIFF, and where the directory is damaged: libvips has the last word
 */
export function readTiffFacts(bytes: Buffer, page: number): TiffFacts | undefined {
  const isLittle = bytes[0] === 0x49;
  const short = (at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const long = (at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  try {
    if (short(2) !== 42) return undefined;
    let directory = long(4);
    for (let skipped = 0; skipped < Math.min(page, maxPages); skipped++)
      directory = long(directory + 2 + 12 * short(directory));
    const values = new Map<number, number>();
    for (let entry = 0; entry < short(directory); entry++) {
      const at = directory + 2 + 12 * entry;
      // The first value of a SHORT stands in the entry itself, unless there are more than two.
      values.set(short(at), long(at + 4) > 2 ? short(long(at + 8)) : short(at + 8));
    }
    const compression = values.get(tags.compression) ?? 1;
    const isYcbcr = values.get(tags.photometric) === ycbcr;
    return {
      isMisread: compression === oldJpeg || (isYcbcr && !jpegCodecs.has(compression)),
      hasUnspecifiedSamples: values.get(tags.extraSamples) === 0,
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
