import { type Category, categories, type Visibility, visibilities } from '@bkend/storage-contract';
import { UsageError } from '../usage-error.ts';

/** @throws UsageError naming what would be right */
export function readVisibility(text: string | undefined): { visibility?: Visibility } {
  return text === undefined ? {} : { visibility: oneOf(text, visibilities, '--visibility') };
}

/** @throws UsageError naming what would be right */
export function readCategory(text: string | undefined): { category?: Category } {
  return text === undefined ? {} : { category: oneOf(text, categories, '--category') };
}

/** @throws UsageError naming what would be right */
export function oneOf<T extends string>(text: string, allowed: readonly T[], option: string): T {
  const found = allowed.find((candidate) => candidate === text);
  if (found === undefined) throw new UsageError(`${option} is one of ${allowed.join(', ')}.`);
  return found;
}
