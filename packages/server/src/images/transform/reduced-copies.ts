import { type Canvas, read } from './canvas.ts';
import type { Size } from './geometry/size.ts';
import type { SourceType } from './kind.ts';
import { openUpright } from './open-source.ts';
import type { Source } from './source.ts';
import { damaged } from './source-type.ts';

// A change of one of these constants changes the bytes of renditions: raise `renditionVersion`.

/**
 * Divisors of the sides of an original by its format, largest first. libjpeg can decode at 1/8, 1/4 or 1/2 of the size, which is
 * faster than decoding the whole; sharp uses that from 1/9, 1/5 and 1/3 on (`src/pipeline.cc`, `jpegShrinkOnLoad`). The other
 * decoders always read the whole image: one copy serves all sizes.
 */
const divisors: Readonly<Record<SourceType, readonly number[]>> = {
  jpeg: [9, 5, 3],
  png: [3],
  webp: [3],
  avif: [3],
  heic: [9, 5, 3],
  bmp: [9, 5, 3],
  // Animations, drawings, pages and icons.
  gif: [],
  svg: [],
  tiff: [],
  ico: [],
};

/** An original of fewer pixels decodes quickly enough without a copy. */
const minPixels = 2_000_000;

/** Sides of a copy are whole pixels; on a shorter side, rounding would distort the ratio visibly. */
const minSide = 100;

/**
 * The smallest reduced copy that is no smaller than the wanted size; undefined where the original itself is to be decoded.
 * Decoding is most of the cost of a small rendition of a large photograph, so originals keep their copies. The first rendition is
 * made from a copy as well: equal requests get equal bytes from every process, whether a copy was kept or not.
 */
export async function reducedFor(source: Source, wanted: Size): Promise<Canvas | undefined> {
  const { width, height } = source.size;
  const { pages = 1, depth } = source.header;
  if (width * height < minPixels || pages > 1 || depth !== 'uchar') return undefined;
  for (const divisor of divisors[source.type]) {
    const size = { width: Math.floor(width / divisor), height: Math.floor(height / divisor) };
    const isLargeEnough = size.width >= wanted.width && size.height >= wanted.height;
    if (isLargeEnough && Math.min(size.width, size.height) >= minSide) {
      return source.original.reducedBy(divisor, () => reduce(source, size));
    }
  }
  return undefined;
}

async function reduce(source: Source, size: Size): Promise<Canvas> {
  const image = await openUpright(source);
  image.resize(size.width, size.height, { fit: 'fill' });
  const copy = read(image, { frames: 1, frameBox: size });
  return copy.catch((error: unknown) => damaged(source.type, error));
}
