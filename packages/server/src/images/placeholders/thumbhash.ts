import { clamp } from '../transform/geometry/size.ts';
import type { Pixels } from './pixels.ts';

/** The largest side that the format allows. */
export const maxThumbhashSide = 100;

interface Channel {
  readonly dc: number;
  readonly ac: readonly number[];
  readonly scale: number;
}

/**
 * An image's ratio, average colour and lowest frequencies, with its transparency, in some 25 bytes of base64
 * (the ThumbHash format, evanw.github.io/thumbhash). Luminance keeps more frequencies than colour and alpha.
 */
export function thumbhash(image: Pixels): string {
  const { width, height } = image;
  const { planes, hasAlpha } = toPlanes(image);
  const longest = Math.max(width, height);
  const luminanceLimit = hasAlpha ? 5 : 7;
  const across = Math.max(1, Math.round((luminanceLimit * width) / longest));
  const down = Math.max(1, Math.round((luminanceLimit * height) / longest));
  const transform = (plane: Float64Array, nx: number, ny: number) =>
    encodeChannel({ plane, width, height }, nx, ny);
  const l = transform(planes.l, Math.max(3, across), Math.max(3, down));
  const p = transform(planes.p, 3, 3);
  const q = transform(planes.q, 3, 3);
  const a = hasAlpha ? transform(planes.a, 5, 5) : undefined;

  const isLandscape = width > height;
  const header24 =
    Math.round(63 * l.dc) |
    (Math.round(31.5 + 31.5 * p.dc) << 6) |
    (Math.round(31.5 + 31.5 * q.dc) << 12) |
    (Math.round(31 * l.scale) << 18) |
    (hasAlpha ? 1 << 23 : 0);
  const header16 =
    (isLandscape ? down : across) |
    (Math.round(63 * p.scale) << 3) |
    (Math.round(63 * q.scale) << 9) |
    (isLandscape ? 1 << 15 : 0);
  const hash = [header24 & 255, (header24 >> 8) & 255, header24 >> 16, header16 & 255, header16 >> 8];
  if (a) hash.push(Math.round(15 * a.dc) | (Math.round(15 * a.scale) << 4));
  const nibbles = [l, p, q, ...(a ? [a] : [])].flatMap(({ ac }) => ac.map((value) => Math.round(15 * value)));
  for (let at = 0; at < nibbles.length; at += 2)
    hash.push((nibbles[at] ?? 0) | ((nibbles[at + 1] ?? 0) << 4));
  return Buffer.from(hash).toString('base64');
}

/** Luminance, yellow against blue, red against green, and alpha, over the average colour where it is transparent. */
function toPlanes({ data, width, height, channels }: Pixels) {
  const count = width * height;
  const at = (pixel: number, channel: number) => (data[pixel * channels + channel] ?? 0) / 255;
  const alpha = (pixel: number) => (channels === 4 ? at(pixel, 3) : 1);
  const average = [0, 0, 0];
  let opacity = 0;
  for (let pixel = 0; pixel < count; pixel++) {
    opacity += alpha(pixel);
    for (let c = 0; c < 3; c++) average[c] = (average[c] ?? 0) + alpha(pixel) * at(pixel, c);
  }
  const planes = {
    l: new Float64Array(count),
    p: new Float64Array(count),
    q: new Float64Array(count),
    a: new Float64Array(count),
  };
  for (let pixel = 0; pixel < count; pixel++) {
    const a = alpha(pixel);
    const [r = 0, g = 0, b = 0] = average.map(
      (sum, c) => (opacity > 0 ? sum / opacity : 0) * (1 - a) + a * at(pixel, c),
    );
    planes.l[pixel] = (r + g + b) / 3;
    planes.p[pixel] = (r + g) / 2 - b;
    planes.q[pixel] = r - g;
    planes.a[pixel] = a;
  }
  return { planes, hasAlpha: opacity < count };
}

/** The triangle of a cosine transform below its diagonal; all but the average is scaled to 0 to 1. */
function encodeChannel(
  { plane, width, height }: { plane: Float64Array; width: number; height: number },
  nx: number,
  ny: number,
): Channel {
  let dc = 0;
  let scale = 0;
  const ac: number[] = [];
  for (let cy = 0; cy < ny; cy++) {
    for (let cx = 0; cx * ny < nx * (ny - cy); cx++) {
      let sum = 0;
      for (let y = 0; y < height; y++) {
        const vertical = Math.cos((Math.PI / height) * cy * (y + 0.5));
        for (let x = 0; x < width; x++) {
          sum += (plane[y * width + x] ?? 0) * Math.cos((Math.PI / width) * cx * (x + 0.5)) * vertical;
        }
      }
      const value = sum / (width * height);
      if (cx === 0 && cy === 0) dc = value;
      else {
        ac.push(value);
        scale = Math.max(scale, Math.abs(value));
      }
    }
  }
  return { dc, ac: ac.map((value) => clamp(scale === 0 ? 0.5 : 0.5 + (0.5 / scale) * value, 0, 1)), scale };
}
