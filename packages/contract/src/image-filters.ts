import type { ReadFilter } from './image-filter-table.ts';
import { colourFilters } from './image-filters-colour.ts';
import { geometryFilters } from './image-filters-geometry.ts';
import { outputFilters } from './image-filters-output.ts';
import { overlayFilters } from './image-filters-overlay.ts';

const tables = [outputFilters, geometryFilters, colourFilters, overlayFilters];
const known = new Map(tables.flatMap((table) => Object.entries(table)));

/** Every filter there is. */
export const imageFilterNames: readonly string[] = [...known.keys()];

export function findFilter(name: string): ReadFilter | undefined {
  return known.get(name);
}
