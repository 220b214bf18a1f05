import { type Canvas, open } from '../transform/canvas.ts';

/** The pixels of a small image, row by row; the fourth channel is alpha. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
}

/** Scales the first frame down to `maxSide` pixels on its longer side. */
export async function shrink(canvas: Canvas, maxSide: number): Promise<Pixels> {
  const { width, height, channels } = canvas;
  const still: Canvas = {
    ...canvas,
    frames: 1,
    pixels: canvas.pixels.subarray(0, width * height * channels),
  };
  const { data, info } = await open(still)
    .resize(maxSide, maxSide, { fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels };
}

/** Converts an sRGB value of 0 to 255 to linear light of 0 to 1 (IEC 61966-2-1). */
export function toLinearLight(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

/** Converts linear light of 0 to 1 to an sRGB value of 0 to 255. */
export function fromLinearLight(light: number): number {
  const share = Math.min(Math.max(light, 0), 1);
  const encoded = share <= 0.0031308 ? share * 12.92 : 1.055 * share ** (1 / 2.4) - 0.055;
  return Math.round(encoded * 255);
}

/** The average in linear light, pixels weighted by their opacity, as `#rrggbb`. */
export function averageColour({ data, channels }: Pixels): string {
  const sum = [0, 0, 0];
  let weight = 0;
  for (let at = 0; at < data.length; at += channels) {
    const opacity = channels === 4 ? (data[at + 3] ?? 0) / 255 : 1;
    weight += opacity;
    for (let channel = 0; channel < 3; channel++) {
      sum[channel] = (sum[channel] ?? 0) + opacity * toLinearLight(data[at + channel] ?? 0);
    }
  }
  const digits = sum.map((light) =>
    fromLinearLight(weight === 0 ? 0 : light / weight)
      .toString(16)
      .padStart(2, '0'),
  );
  return `#${digits.join('')}`;
}
