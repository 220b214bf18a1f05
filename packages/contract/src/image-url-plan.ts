import { FilterArguments, FilterFault } from './image-filter-arguments.ts';
import type { FilterDraft } from './image-filter-table.ts';
import { findFilter } from './image-filters.ts';
import type { ImageDelivery, ImagePlan } from './image-plan.ts';
import type { ImageUrl } from './image-url.ts';
import { filterArguments } from './image-url-filters.ts';
import type { ParameterIssue } from './storage-error.ts';

/** More than anybody needs, few enough to bound the work one URL can ask for. */
const maxFilters = 30;

export interface PlannedImage {
  readonly plan: ImagePlan;
  readonly delivery: ImageDelivery;
  /** Names of filters there are not, each once; Thumbor passes over them, and so do we. */
  readonly ignoredFilters: readonly string[];
}

/** What a URL comes to, or everything that is wrong with its options. */
export function planImage(url: ImageUrl): PlannedImage | { readonly issues: readonly ParameterIssue[] } {
  const { draft, ignored, issues } = readFilterList(url);
  if (issues.length > 0) return { issues };
  const size = url.size ?? { width: 0, height: 0, flipX: false, flipY: false };
  const crop = url.crop && url.crop.right > url.crop.left && url.crop.bottom > url.crop.top && url.crop;
  const { blurhash } = draft.description;
  const plan: ImagePlan = {
    ...(url.meta && { meta: { ...draft.description, ...(blurhash && { blurhash }) } }),
    ...(url.trim && { trim: url.trim }),
    ...(crop && { crop }),
    mode: url.fitIn ? 'fit-in' : url.stretch || draft.stretch ? 'stretch' : 'fill',
    adaptive: url.fitIn?.adaptive ?? false,
    full: url.fitIn?.full ?? false,
    width: size.width,
    height: size.height,
    upscale: draft.upscale,
    proportion: draft.proportion,
    orientDegrees: draft.orientDegrees,
    flipX: size.flipX,
    flipY: size.flipY,
    halign: url.halign ?? 'center',
    valign: url.valign ?? 'middle',
    smart: url.smart,
    focal: draft.focal,
    steps: withPadding(url, draft),
    output: draft.output,
    ...(draft.page !== undefined && { page: draft.page }),
    ...(draft.maxFrames !== undefined && { maxFrames: draft.maxFrames }),
  };
  return { plan, delivery: draft.delivery, ignoredFilters: ignored };
}

function readFilterList(url: ImageUrl) {
  const draft: FilterDraft = {
    steps: [],
    focal: [],
    output: { lossless: false },
    delivery: {},
    description: { thumbhash: false, averageColour: false },
    upscale: false,
    stretch: false,
    proportion: 1,
    orientDegrees: 0,
  };
  const ignored = new Set<string>();
  const issues: ParameterIssue[] = [];
  if (url.filters.length > maxFilters) {
    issues.push({ field: 'filters', message: `are at most ${maxFilters} in one URL` });
    return { draft, ignored: [], issues };
  }
  for (const filter of url.filters) {
    const read = findFilter(filter.name);
    if (!read) {
      ignored.add(filter.name);
      continue;
    }
    const field = `filters.${filter.name}`;
    const args = filterArguments(filter);
    if (!args) {
      issues.push({ field, message: 'has arguments that are not well encoded' });
      continue;
    }
    try {
      read(new FilterArguments(args), draft);
    } catch (error) {
      if (!(error instanceof FilterFault)) throw error;
      issues.push({ field, message: error.message });
    }
  }
  return { draft, ignored: [...ignored], issues };
}

/**
 * Padding lies around what `fill` fills, in its colour; without a fill it is a step of its own, and comes first. A quarter
 * turn before the fill turns the box with the picture, and, as imagor has it, across with down.
 */
function withPadding({ padding }: ImageUrl, { steps }: FilterDraft): FilterDraft['steps'] {
  if (!padding || Object.values(padding).every((pixels) => pixels === 0)) return steps;
  const at = steps.findIndex((step) => step.do === 'fill');
  const filling = steps[at];
  if (filling?.do !== 'fill') return [{ do: 'pad', fill: 'transparent', sides: padding }, ...steps];
  const quarters = steps.slice(0, at).filter((step) => step.do === 'rotate' && step.degrees !== 180);
  const { left, top, right, bottom } = padding;
  const sides = quarters.length % 2 === 0 ? padding : { left: top, top: left, right: bottom, bottom: right };
  return steps.toSpliced(at + 1, 0, { do: 'pad', fill: filling.fill, sides });
}
