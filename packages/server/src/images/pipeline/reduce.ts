import type { Size } from '../geometry/size.ts';
import { type Canvas, read } from './canvas.ts';
import type { SourceType } from './detect-type.ts';
import { engine, maxSeconds } from './engine.ts';
import type { Source } from './source.ts';

/** What the sides of an original may be divided by. */
export const divisors = [9, 5, 3] as const;

/**
 * Which of them, by format, the most first. A JPEG can be decoded at 1/8, 1/4 or 1/2 of its size, which is a good deal quicker
 * than as a whole. sharp does so from the next whole divisors on: at the exact ones it takes the larger size, because of how
 * libjpeg rounds (sharp, `src/pipeline.cc`, `jpegShrinkOnLoad`). The others are decoded as a whole whatever is wanted of them,
 * so that one copy serves all sizes.
 */
const divisorsOf: Partial<Record<SourceType, readonly number[]>> = {
  jpeg: divisors,
  png: [3],
  webp: [3],
  avif: [3],
};

/** An original of fewer pixels is decoded so quickly that a copy spares nothing. */
const minPixels = 2_000_000;

/** Gives the copy that was made before, or makes it and keeps it. */
export type KeepReduced = (divisor: number, make: () => Promise<Canvas>) => Promise<Canvas>;

/**
 * The smallest copy of a picture that is no smaller than what is wanted; undefined where the picture itself is to be decoded.
 * Decoding is most of the work on a small size of a large photograph, so copies are kept. A result must not
 * tell whether one was: equal requests get equal bytes from every process, so the first result is made from a copy as well.
 */
export async function reduced(
  source: Source,
  wanted: Size,
  keep: KeepReduced = (_, make) => make(),
): Promise<Canvas | undefined> {
  const { width, height } = source.size;
  const { pages = 1, depth } = source.metadata;
  if (width * height < minPixels || pages > 1 || depth !== 'uchar') return undefined;
  for (const divisor of divisorsOf[source.type] ?? []) {
    const size = { width: Math.floor(width / divisor), height: Math.floor(height / divisor) };
    if (size.width >= wanted.width && size.height >= wanted.height) {
      return keep(divisor, () => reduce(source, size));
    }
  }
  return undefined;
}

function reduce(source: Source, { width, height }: Size): Promise<Canvas> {
  const picture = engine(source.bytes, source.options)
    .timeout({ seconds: maxSeconds })
    .autoOrient()
    .resize(width, height, { fit: 'fill' });
  return read(picture, { frames: 1, room: { width, height } });
}
