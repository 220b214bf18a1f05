import type { ColourStep, ImageStep } from '../image-step.ts';
import type { FilterArguments } from './arguments.ts';
import type { FilterTable } from './filter.ts';

const percent = { min: -100, max: 100 };

/** Filters that change colours and sharpness, applied in the order of the URL. */
export const colourFilters: FilterTable = {
  blur: {
    parse: (args, draft) => {
      const radius = args.atMost(2).number(0, { min: 0, max: 1000 });
      // Thumbor cuts its kernel off at the radius, imagor halves the deviation: in both, half the number given.
      const sigma = Math.min(args.number(1, { min: 0, max: 1000, default: radius }) || radius, 150) / 2;
      if (sigma > 0) draft.steps.push({ do: 'blur', sigma });
    },
    forms: ['blur(8)', 'blur(radius,sigma)'],
    effect: 'Gaussian blur, radius 0 to 1,000, of which 150 at most count',
    examples: [{ image: 'blur', options: '160x/filters:blur(8)' }],
  },
  sharpen: {
    parse: (args, draft) => {
      // One argument is imagor's deviation; three are Thumbor's amount, radius and whether luminance alone is sharpened.
      const alone = args.atMost(3).count === 1;
      const radius = args.number(alone ? 0 : 1, { min: 0, max: 100, default: 1 });
      const amount = alone ? 1 : args.number(0, { min: 0, max: 100 });
      args.boolean(2);
      if (amount > 0) draft.steps.push({ do: 'sharpen', sigma: Math.min(1 + radius * 2, 10), amount });
    },
    forms: ['sharpen(amount,radius,luma)', 'sharpen(sigma)'],
    effect: 'unsharp mask on luminance, as Thumbor or imagor writes it',
    examples: [{ image: 'sharpen', options: '160x/filters:sharpen(2,1,true)' }],
  },
  brightness: {
    parse: (args, draft) => {
      const offset = (args.atMost(1).number(0, percent) * 255) / 100;
      if (offset !== 0) draft.steps.push(linear(1, [offset, offset, offset]));
    },
    forms: ['brightness(30)'],
    effect: '−100 to 100 percent',
    examples: [{ image: 'brightness', options: '160x/filters:brightness(30)' }],
  },
  contrast: {
    parse: (args, draft) => {
      const level = (args.atMost(1).number(0, percent) * 255) / 100;
      const gain = (259 * (level + 255)) / (255 * (259 - level));
      const offset = 128 - gain * 128;
      if (level !== 0) draft.steps.push(linear(gain, [offset, offset, offset]));
    },
    forms: ['contrast(40)'],
    effect: '−100 to 100 percent',
    examples: [{ image: 'contrast', options: '160x/filters:contrast(40)' }],
  },
  saturation: {
    parse: (args, draft) => {
      modulate(draft.steps, { saturation: factor(args.atMost(1), 0) });
    },
    forms: ['saturation(-70)'],
    effect: '−100 to 1,000 percent',
    examples: [{ image: 'saturation', options: '160x/filters:saturation(-70)' }],
  },
  hue: {
    parse: (args, draft) => {
      modulate(draft.steps, { hueDegrees: args.atMost(1).number(0, { min: -360, max: 360 }) });
    },
    forms: ['hue(120)'],
    effect: '−360 to 360 degrees',
    examples: [{ image: 'hue', options: '160x/filters:hue(120)' }],
  },
  modulate: {
    parse: (args, draft) => {
      modulate(draft.steps, {
        brightness: factor(args.atMost(3), 0),
        saturation: factor(args, 1),
        hueDegrees: args.number(2, { min: -360, max: 360, default: 0 }),
      });
    },
    forms: ['modulate(b,s,h)'],
    effect: 'brightness and saturation in percent, hue in degrees, together',
    examples: [{ image: 'modulate', options: '160x/filters:modulate(10,30,40)' }],
  },
  rgb: {
    parse: (args, draft) => {
      const channel = (position: number) => (args.atMost(3).number(position, percent) * 255) / 100;
      const offset = [channel(0), channel(1), channel(2)] as const;
      if (offset.some((value) => value !== 0)) draft.steps.push(linear(1, offset));
    },
    forms: ['rgb(30,0,-30)'],
    effect: 'each channel, −100 to 100 percent',
    examples: [{ image: 'rgb', options: '160x/filters:rgb(30,0,-30)' }],
  },
  grayscale: {
    parse: (args, draft) => {
      args.atMost(0);
      draft.steps.push({ do: 'grayscale' });
    },
    forms: ['grayscale()'],
    effect: 'luminance alone (ITU-R BT.709)',
    examples: [{ image: 'grayscale', options: '160x/filters:grayscale()' }],
  },
  invert: {
    parse: (args, draft) => {
      args.atMost(0);
      draft.steps.push({ do: 'invert' });
    },
    forms: ['invert()'],
    effect: 'the negative; transparency stays',
    examples: [{ image: 'invert', options: '160x/filters:invert()' }],
  },
  equalize: {
    parse: (args, draft) => {
      args.atMost(0);
      draft.steps.push({ do: 'equalize' });
    },
    forms: ['equalize()'],
    effect: 'spreads each channel over its whole range',
    examples: [{ image: 'equalize', options: '160x/filters:equalize()' }],
  },
  noise: {
    parse: (args, draft) => {
      const amount = args.atMost(2).number(0, { min: 0, max: 100 });
      // Thumbor's second argument is a seed; ours makes the same noise every time.
      args.integer(1, { min: 0, max: 1e15, default: 0 });
      if (amount > 0) draft.steps.push({ do: 'noise', amount });
    },
    forms: ['noise(40)'],
    effect: '0 to 100 percent, the same noise every time',
    examples: [{ image: 'noise', options: '160x/filters:noise(40)' }],
  },
  pixelate: {
    parse: (args, draft) => {
      const sizePx = args.atMost(1).integer(0, { min: 1, max: 1000 });
      if (sizePx > 1) draft.steps.push({ do: 'pixelate', sizePx });
    },
    forms: ['pixelate(8)'],
    effect: 'squares of this many pixels, 1 to 1,000',
    examples: [{ image: 'pixelate', options: '160x/filters:pixelate(8)' }],
  },
};

function linear(gain: number, offset: readonly [number, number, number]): ColourStep {
  return { do: 'linear', gain, offset };
}

/** A change in percent as a factor. */
function factor(args: FilterArguments, position: number): number {
  return 1 + args.number(position, { min: -100, max: 1000, default: 0 }) / 100;
}

function modulate(
  steps: ImageStep[],
  { brightness = 1, saturation = 1, hueDegrees = 0 }: Partial<Omit<ColourStep & { do: 'modulate' }, 'do'>>,
): void {
  if (brightness === 1 && saturation === 1 && hueDegrees % 360 === 0) return;
  steps.push({ do: 'modulate', brightness, saturation, hueDegrees: (hueDegrees + 360) % 360 });
}
