import type { Size } from '../geometry/size.ts';
import { type Canvas, read } from './canvas.ts';
import type { SourceType } from './detect-type.ts';
import { engine, maxSeconds } from './engine.ts';
import type { Source } from './source.ts';

// Whoever changes one of these changes the bytes of results: `renderingVersion` is to be raised.

/**
 * What the sides of an original may be divided by, by its format, the most first. libjpeg can decode at 1/8, 1/4 or 1/2 of the
 * size, which is a good deal quicker than the whole; sharp has it do so from 1/9, 1/5 and 1/3 on (`src/pipeline.cc`,
 * `jpegShrinkOnLoad`). The others' decoders see the whole of a picture whatever is wanted of it: one copy serves all sizes.
 */
const divisors: Partial<Record<SourceType, readonly number[]>> = {
  jpeg: [9, 5, 3],
  png: [3],
  webp: [3],
  avif: [3],
};

/** An original of fewer pixels is decoded so quickly that a copy spares nothing. */
const minPixels = 2_000_000;

/** Sides of a copy are whole pixels; on a shorter one, what is cut off would show in the proportions. */
const minSide = 100;

/**
 * The smallest copy of a picture that is no smaller than what is wanted; undefined where the picture itself is to be decoded.
 * Decoding is most of the work on a small size of a large photograph, so originals keep their copies. A result must not tell
 * whether one was kept: equal requests get equal bytes from every process, so the first result is made from a copy as well.
 */
export async function reducedFor(source: Source, wanted: Size): Promise<Canvas | undefined> {
  const { width, height } = source.size;
  const { pages = 1, depth } = source.header;
  if (width * height < minPixels || pages > 1 || depth !== 'uchar') return undefined;
  for (const divisor of divisors[source.type] ?? []) {
    const size = { width: Math.floor(width / divisor), height: Math.floor(height / divisor) };
    const isLargeEnough = size.width >= wanted.width && size.height >= wanted.height;
    if (isLargeEnough && Math.min(size.width, size.height) >= minSide) {
      return source.original.reducedBy(divisor, () => reduce(source, size));
    }
  }
  return undefined;
}

async function reduce({ original, options }: Source, size: Size): Promise<Canvas> {
  const picture = engine(await original.bytes(), options)
    .timeout({ seconds: maxSeconds })
    .autoOrient()
    .resize(size.width, size.height, { fit: 'fill' });
  return read(picture, { frames: 1, room: size });
}
