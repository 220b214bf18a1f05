import { fromLinearLight, type Pixels, toLinearLight } from './pixels.ts';

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
