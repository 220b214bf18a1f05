import { type ImagePlan, invalidParameters, type Limits, type StorageError } from '@bkend/storage-contract';
import { type Cost, type CostInput, costOfPlan } from './cost-of-plan.ts';

/** CPU time of one request, in milliseconds. A higher cost is refused beforehand; work that exceeds it all the same is ended. */
export const budgetMs = 4_500;

/** Highest cost of work in the host's own process, in milliseconds: nothing can be ended there, so its work is cheap and well known. */
const maxCostInHost = 800;

/** The part of that which JavaScript may take, in milliseconds: no other request is answered meanwhile. */
const maxScriptInHost = 100;

/** Whether the host's own process does the work; a renderer does it otherwise. */
export function isMadeInHost({ milliseconds, facesMilliseconds, scriptMilliseconds }: Cost): boolean {
  return milliseconds - facesMilliseconds <= maxCostInHost && scriptMilliseconds <= maxScriptInHost;
}

/**
 * The cost of a plan within the budget. A plan that only the search for faces would make too expensive is rendered without it, and
 * its crop goes by saliency: equally for equal plans and sources.
 * @throws `common/invalid-parameters` that names the most expensive part of the URL
 */
export function affordableCost(input: CostInput): Cost {
  const cost = costOfPlan(input);
  if (cost.milliseconds <= budgetMs) return cost;
  const withoutFaces = input.faces ? costOfPlan({ ...input, faces: false }) : cost;
  if (withoutFaces.milliseconds > budgetMs) throw tooExpensive(withoutFaces);
  return withoutFaces;
}

function tooExpensive({ milliseconds, mostExpensive }: Cost): StorageError {
  const seconds = (value: number) => (value / 1000).toFixed(1);
  const message =
    `is the most expensive part of an image that takes about ${seconds(milliseconds)} s to make; ` +
    `one request may take ${seconds(budgetMs)} s`;
  return invalidParameters([{ field: mostExpensive, message }]);
}

/** Starting a renderer and drawing a plain image, in milliseconds. */
const baseGuessMs = 300;
/** Milliseconds for each 1,000 bytes of the source. */
const guessOfBytes = 1;
/** Milliseconds for each million pixels of the rendition, and the same for each step. */
const guessOfPixels = 100;

/**
 * A cost in milliseconds for a source whose size in bytes is all that is known. It orders the queue, and is used for nothing else:
 * the more bytes and pixels, the later.
 */
export function guessCost(
  { width, height, steps }: ImagePlan,
  { sizeBytes, limits }: { sizeBytes: number; limits: Limits },
): number {
  const side = (asked: ImagePlan['width']) =>
    typeof asked === 'number' && asked > 0 ? Math.min(asked, limits.maxOutputImageSide) : 1_000;
  const megapixels = Math.min(side(width) * side(height), limits.maxSourceImagePixels) / 1e6;
  return baseGuessMs + (guessOfBytes * sizeBytes) / 1_000 + guessOfPixels * megapixels * (1 + steps.length);
}
