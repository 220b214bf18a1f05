import { fromLinearLight, type Pixels, toLinearLight } from './pixels.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~';

type Colour = readonly [red: number, green: number, blue: number];

/**
 * The lowest frequencies of an image as a short text (the BlurHash algorithm, blurha.sh): its average colour, then
 * `x` × `y` − 1 factors of a cosine transform in linear light, each in two digits of base 83.
 */
export function blurhash(image: Pixels, { x, y }: { x: number; y: number }): string {
  const light = lightOf(image);
  const across = Array.from({ length: x }, (_, i) => wave(image.width, i));
  const down = Array.from({ length: y }, (_, j) => wave(image.height, j));
  const factors = down.flatMap((vertical, j) =>
    across.map((horizontal, i) => factor(light, { vertical, horizontal, isAverage: i === 0 && j === 0 })),
  );
  const [average = [0, 0, 0] as const, ...rest] = factors;
  const largest = Math.max(0, ...rest.flat().map(Math.abs));
  const quantised = rest.length === 0 ? 0 : clampInteger(largest * 166 - 0.5, 0, 82);
  const scale = rest.length === 0 ? 1 : (quantised + 1) / 166;
  return [
    base83(x - 1 + (y - 1) * 9, 1),
    base83(quantised, 1),
    base83(
      average.reduce((sum, light) => sum * 256 + fromLinearLight(light), 0),
      4,
    ),
    ...rest.map((colour) =>
      base83(
        colour.reduce((sum, value) => sum * 19 + level(value / scale), 0),
        2,
      ),
    ),
  ].join('');
}

/** The image in linear light, three values for each pixel. */
function lightOf({ data, width, height, channels }: Pixels): Float64Array {
  const light = new Float64Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      light[pixel * 3 + channel] = toLinearLight(data[pixel * channels + channel] ?? 0);
    }
  }
  return light;
}

/** A cosine along one side. */
function wave(length: number, frequency: number): Float64Array {
  return Float64Array.from({ length }, (_, at) => Math.cos((Math.PI * frequency * at) / length));
}

function factor(
  light: Float64Array,
  {
    vertical,
    horizontal,
    isAverage,
  }: { vertical: Float64Array; horizontal: Float64Array; isAverage: boolean },
): Colour {
  let red = 0;
  let green = 0;
  let blue = 0;
  let at = 0;
  for (const down of vertical) {
    for (const across of horizontal) {
      const basis = across * down;
      red += basis * (light[at] ?? 0);
      green += basis * (light[at + 1] ?? 0);
      blue += basis * (light[at + 2] ?? 0);
      at += 3;
    }
  }
  const normalised = (isAverage ? 1 : 2) / (vertical.length * horizontal.length);
  return [red * normalised, green * normalised, blue * normalised];
}

/** One of 19 levels, finer near zero. */
function level(value: number): number {
  return clampInteger(Math.sign(value) * Math.sqrt(Math.abs(value)) * 9 + 9.5, 0, 18);
}

function clampInteger(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, Math.floor(value)));
}

function base83(value: number, digits: number): string {
  let rest = value;
  let text = '';
  for (let digit = 0; digit < digits; digit++) {
    text = (alphabet[rest % 83] ?? '0') + text;
    rest = Math.floor(rest / 83);
  }
  return text;
}
