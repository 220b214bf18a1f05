import { fromLinearLight, toLinearLight } from './linear-light.ts';
import type { Pixels } from './pixels.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~';

type Colour = readonly [red: number, green: number, blue: number];

/**
 * A picture's few lowest frequencies as a short text (the BlurHash algorithm, blurha.sh): its average colour, then
 * `x` × `y` − 1 factors of a cosine transform in linear light, each in two digits of base 83.
 */
export function blurhash(picture: Pixels, { x, y }: { x: number; y: number }): string {
  const factors: Colour[] = [];
  for (let j = 0; j < y; j++) for (let i = 0; i < x; i++) factors.push(factor(picture, i, j));
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

function factor({ data, width, height, channels }: Pixels, i: number, j: number): Colour {
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let row = 0; row < height; row++) {
    const vertical = Math.cos((Math.PI * j * row) / height);
    for (let column = 0; column < width; column++) {
      const basis = Math.cos((Math.PI * i * column) / width) * vertical;
      const at = (row * width + column) * channels;
      red += basis * toLinearLight(data[at] ?? 0);
      green += basis * toLinearLight(data[at + 1] ?? 0);
      blue += basis * toLinearLight(data[at + 2] ?? 0);
    }
  }
  const normalised = (i === 0 && j === 0 ? 1 : 2) / (width * height);
  return [red * normalised, green * normalised, blue * normalised];
}

/** One of 19 levels, finer near nothing. */
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
