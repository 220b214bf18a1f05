import { colourFilters } from './colour.ts';
import { extentFilters } from './extent.ts';
import type { FilterTable, ImageFilterEntry } from './filter.ts';
import { geometryFilters } from './geometry.ts';
import { outputFilters } from './output.ts';
import { overlayFilters } from './overlay.ts';
import { placeholderFilters } from './placeholder.ts';

/** All filters, by the headings of `docs/images.md`. */
export const imageFilterGroups: readonly { readonly heading: string; readonly filters: FilterTable }[] = [
  { heading: 'Geometry', filters: geometryFilters },
  { heading: 'Extent and corners', filters: extentFilters },
  { heading: 'Colour and sharpness', filters: colourFilters },
  { heading: 'Overlays', filters: overlayFilters },
  { heading: 'Output', filters: outputFilters },
  { heading: 'Placeholders', filters: placeholderFilters },
];

const byName = new Map(imageFilterGroups.flatMap(({ filters }) => Object.entries(filters)));

/** Names of all filters. */
export const imageFilterNames: readonly string[] = [...byName.keys()];

export function findFilter(name: string): ImageFilterEntry | undefined {
  return byName.get(name);
}
