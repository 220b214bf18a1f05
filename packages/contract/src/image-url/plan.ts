import type { ParameterIssue } from '../errors/storage-error.ts';
import { filterArguments } from './filter-list.ts';
import { FilterArguments, FilterFault } from './filters/arguments.ts';
import type { FilterDraft } from './filters/filter.ts';
import { findFilter } from './filters/filters.ts';
import type { ImageDelivery, ImagePlan } from './image-plan.ts';
import type { ImageUrl } from './image-url.ts';

/** Bounds the work that one URL can ask for. */
const maxFilters = 30;

export interface PlannedImage {
  readonly plan: ImagePlan;
  readonly delivery: ImageDelivery;
  /** Names of unknown filters, each once. They are ignored, as by Thumbor. */
  readonly ignoredFilters: readonly string[];
}

/**
 * Turns a parsed image URL into a plan.
 * @returns the plan, or every fault in its options
 */
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
    const entry = findFilter(filter.name);
    if (!entry) {
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
      entry.parse(new FilterArguments(args), draft);
    } catch (error) {
      if (!(error instanceof FilterFault)) throw error;
      issues.push({ field, message: error.message });
    }
  }
  return { draft, ignored: [...ignored], issues };
}

/**
 * Padding surrounds the box that `fill` fills, in its colour; without a fill it is a step of its own, the first. A quarter
 * turn before the fill turns the box with the image and, as in imagor, swaps horizontal and vertical padding.
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
