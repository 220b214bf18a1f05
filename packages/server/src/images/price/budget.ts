import { invalidParameters, type StorageError } from '@bkend/storage-contract';
import { type Price, type PriceInput, priceOfPlan } from './price-of-plan.ts';

/** CPU time that one request may take, in milliseconds. What is expected to take more is refused; what does take more is ended. */
export const budgetMs = 4_500;

/** What costs no more is made in the host's own process, where nothing can be ended: work there is cheap and well known. */
const maxPriceHere = 800;

/** Of that, what JavaScript may do between other answers, in milliseconds. */
const maxScriptHere = 100;

/** Whether the host itself makes it. */
export function isMadeHere({ milliseconds, facesMilliseconds, scriptMilliseconds }: Price): boolean {
  return milliseconds - facesMilliseconds <= maxPriceHere && scriptMilliseconds <= maxScriptHere;
}

/**
 * What a plan is expected to cost. Where only looking for faces would make it too expensive, it is left out, and a crop goes by what
 * draws attention: always so for one plan and source.
 * @throws `common/invalid-parameters` that names what costs most
 */
export function affordablePrice(input: PriceInput): Price {
  const price = priceOfPlan(input);
  if (price.milliseconds <= budgetMs) return price;
  const withoutFaces = input.faces ? priceOfPlan({ ...input, faces: false }) : price;
  if (withoutFaces.milliseconds > budgetMs) throw tooExpensive(withoutFaces);
  return withoutFaces;
}

function tooExpensive({ milliseconds, dearest }: Price): StorageError {
  const seconds = (tenths: number) => (tenths / 1000).toFixed(1);
  const message =
    `costs most of a picture that takes about ${seconds(milliseconds)} s to make, and ` +
    `${seconds(budgetMs)} s are what one request may take`;
  return invalidParameters([{ field: dearest, message }]);
}
