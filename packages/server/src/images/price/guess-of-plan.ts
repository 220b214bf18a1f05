import type { ImagePlan, Limits } from '@bkend/storage-contract';

/** Starting and drawing something plain, in milliseconds. */
const least = 300;
/** Of a thousand bytes, in milliseconds. */
const rateOfBytes = 1;
/** Of a million pixels of the result, in milliseconds; and of each step, once more. */
const rateOfPixels = 100;

/**
 * What a plan may cost on a source of which only the length is known, in milliseconds: for the order in which it is made, and for
 * nothing else. The longer and the larger, the later.
 */
export function guessOfPlan(
  { width, height, steps }: ImagePlan,
  { sizeBytes, limits }: { sizeBytes: number; limits: Limits },
): number {
  const side = (asked: ImagePlan['width']) =>
    typeof asked === 'number' && asked > 0 ? Math.min(asked, limits.maxOutputImageSide) : 1_000;
  const megapixels = Math.min(side(width) * side(height), limits.maxSourceImagePixels) / 1e6;
  return least + (rateOfBytes * sizeBytes) / 1_000 + rateOfPixels * megapixels * (1 + steps.length);
}
