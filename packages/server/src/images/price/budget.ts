import { invalidParameters, type StorageError } from '@bkend/storage-contract';
import type { Price } from './price-of-plan.ts';

/** CPU time that one request may take, in milliseconds. What is expected to take more is refused; what does take more is ended. */
export const budgetMs = 4_500;

/** What costs no more is made in the host's own process, where nothing can be ended: work there is cheap and well known. */
export const maxPriceHere = 800;

/** @throws `common/invalid-parameters` that names what costs most */
export function requireAffordable(price: Price): void {
  if (price.milliseconds > budgetMs) throw tooExpensive(price);
}

function tooExpensive({ milliseconds, dearest }: Price): StorageError {
  const seconds = (tenths: number) => (tenths / 1000).toFixed(1);
  const message =
    `costs most of a picture that takes about ${seconds(milliseconds)} s to make, and ` +
    `${seconds(budgetMs)} s are what one request may take`;
  return invalidParameters([{ field: dearest, message }]);
}
