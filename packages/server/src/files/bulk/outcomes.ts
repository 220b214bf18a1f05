import type { File } from '../file.ts';
import type { Refusal } from '../ports.ts';
import type { Outcomes } from './run-bulk.ts';

/** The outcomes of a bulk call, from those of the repository. */
export function outcomesOf(changed: ReadonlyMap<string, 'deleted' | 'trashed' | File | Refusal>): Outcomes {
  return new Map(
    [...changed].map(([id, outcome]) => [
      id,
      outcome === 'deleted' || outcome === 'trashed' || typeof outcome === 'object'
        ? ('done' as const)
        : (`file/${outcome}` as const),
    ]),
  );
}
