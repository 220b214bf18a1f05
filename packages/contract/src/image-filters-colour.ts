import type { FilterArguments } from './image-filter-arguments.ts';
import type { FilterTable } from './image-filter-table.ts';
import type { ImageStep } from './image-plan.ts';

const percent = { min: -100, max: 100 };

/** Filters that change colours and sharpness, each where it stands in the order of the URL. */
export const colourFilters: FilterTable = {
  blur: (args, draft) => {
    const radius = args.atMost(2).number(0, { min: 0, max: 1000 });
    // Thumbor cuts its kernel off at the radius, imagor halves the deviation: either way half of what is asked for.
    const sigma = Math.min(args.number(1, { min: 0, max: 1000, default: radius }) || radius, 150) / 2;
    if (sigma > 0) draft.steps.push({ do: 'blur', sigma });
  },
  sharpen: (args, draft) => {
    // One argument is imagor's deviation; three are Thumbor's amount, radius and whether luminance alone is sharpened.
    const alone = args.atMost(3).count === 1;
    const radius = args.number(alone ? 0 : 1, { min: 0, max: 100, default: 1 });
    const amount = alone ? 1 : args.number(0, { min: 0, max: 100 });
    args.boolean(2);
    if (amount > 0) draft.steps.push({ do: 'sharpen', sigma: Math.min(1 + radius * 2, 10), amount });
  },
  brightness: (args, draft) => {
    const offset = (args.atMost(1).number(0, percent) * 255) / 100;
    if (offset !== 0) draft.steps.push(linear(1, [offset, offset, offset]));
  },
  contrast: (args, draft) => {
    const level = (args.atMost(1).number(0, percent) * 255) / 100;
    const gain = (259 * (level + 255)) / (255 * (259 - level));
    const offset = 128 - gain * 128;
    if (level !== 0) draft.steps.push(linear(gain, [offset, offset, offset]));
  },
  rgb: (args, draft) => {
    const channel = (position: number) => (args.atMost(3).number(position, percent) * 255) / 100;
    const offset = [channel(0), channel(1), channel(2)] as const;
    if (offset.some((value) => value !== 0)) draft.steps.push(linear(1, offset));
  },
  saturation: (args, draft) => {
    modulate(draft.steps, { saturation: factor(args.atMost(1), 0) });
  },
  hue: (args, draft) => {
    modulate(draft.steps, { hueDegrees: args.atMost(1).number(0, { min: -360, max: 360 }) });
  },
  modulate: (args, draft) => {
    modulate(draft.steps, {
      brightness: factor(args.atMost(3), 0),
      saturation: factor(args, 1),
      hueDegrees: args.number(2, { min: -360, max: 360, default: 0 }),
    });
  },
  grayscale: (args, draft) => {
    args.atMost(0);
    draft.steps.push({ do: 'grayscale' });
  },
  invert: (args, draft) => {
    args.atMost(0);
    draft.steps.push({ do: 'invert' });
  },
  equalize: (args, draft) => {
    args.atMost(0);
    draft.steps.push({ do: 'equalize' });
  },
  noise: (args, draft) => {
    const amount = args.atMost(2).number(0, { min: 0, max: 100 });
    // Thumbor's second argument is a seed; ours makes the same noise every time.
    args.integer(1, { min: 0, max: 1e15, default: 0 });
    if (amount > 0) draft.steps.push({ do: 'noise', amount });
  },
  pixelate: (args, draft) => {
    const sizePx = args.atMost(1).integer(0, { min: 1, max: 1000 });
    if (sizePx > 1) draft.steps.push({ do: 'pixelate', sizePx });
  },
  background_color: (args, draft) => {
    draft.steps.push({ do: 'background', colour: args.atMost(1).colour(0, ['auto']) });
  },
};

function linear(gain: number, offset: readonly [number, number, number]): ImageStep {
  return { do: 'linear', gain, offset };
}

/** A change in percent as a factor. */
function factor(args: FilterArguments, position: number): number {
  return 1 + args.number(position, { min: -100, max: 1000, default: 0 }) / 100;
}

function modulate(
  steps: ImageStep[],
  { brightness = 1, saturation = 1, hueDegrees = 0 }: Partial<Omit<ImageStep & { do: 'modulate' }, 'do'>>,
): void {
  if (brightness === 1 && saturation === 1 && hueDegrees % 360 === 0) return;
  steps.push({ do: 'modulate', brightness, saturation, hueDegrees: (hueDegrees + 360) % 360 });
}
