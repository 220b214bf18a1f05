import { defaultLimits, parseImagePath, planImage } from '@bkend/storage-contract';
import sharp, { type Sharp } from 'sharp';
import type { Faces } from '../../src/images/faces/faces.ts';
import { makePicture, type PictureWork, priceOfPicture } from '../../src/images/make-picture.ts';
import { Original } from '../../src/images/pipeline/original.ts';

/** A picture with noise in it, which is expensive to write: most photographs cost less. */
export function noise(width: number, height: number): Sharp {
  const pixels = Buffer.allocUnsafe(width * height * 3);
  let state = 0x9e3779b9;
  for (let at = 0; at < pixels.length; at++) {
    // xorshift32 (Marsaglia, "Xorshift RNGs", 2003).
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const x = Math.floor(at / 3) % width;
    const y = Math.floor(at / 3 / width);
    const smooth = 128 + 80 * Math.sin(x / 37 + (at % 3)) + 40 * Math.cos(y / 23);
    pixels[at] = Math.max(0, Math.min(255, smooth + ((state >>> 0) % 48) - 24));
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** The same, moving. */
export async function movingNoise(
  format: 'gif' | 'webp',
  { width, height, frames }: { width: number; height: number; frames: number },
): Promise<Buffer> {
  const frame = await noise(width, height).png({ compressionLevel: 1 }).toBuffer();
  const others = await Promise.all(
    Array.from({ length: frames }, (_, index) =>
      sharp(frame)
        .modulate({ hue: index * 7 })
        .png()
        .toBuffer(),
    ),
  );
  const joined = sharp(others, { join: { animated: true } });
  return (format === 'gif' ? joined.gif({ effort: 1 }) : joined.webp({ effort: 0 })).toBuffer();
}

export interface Subject {
  readonly bytes: Buffer;
  readonly mimeType: string;
}

export const markKey = 'mark';

/** The work that a URL's options ask for; a watermark is the source itself. */
export function workOf({ bytes, mimeType }: Subject, options: string): PictureWork {
  const url = parseImagePath(`${options}/key`);
  if (url.kind === 'fault') throw new Error(`${options}: ${url.option} ${url.message}`);
  const planned = planImage(url);
  if ('issues' in planned) throw new Error(`${options}: ${JSON.stringify(planned.issues)}`);
  const file = { key: 'key', etag: 'e', mimeType, original: new Original(async () => bytes) };
  const overlays = [{ ...file, key: markKey }];
  return { file, overlays, plan: planned.plan, accepted: [], limits: defaultLimits };
}

export interface Measured {
  /** In milliseconds. */
  readonly price: number;
  readonly cpu: number;
}

/** What work was to cost and what it cost in CPU time of this process; only the price for what is refused. */
export async function measure(work: PictureWork, faces?: Faces): Promise<Measured> {
  const price = (await priceOfPicture(work, faces !== undefined)).milliseconds;
  const before = process.cpuUsage();
  await makePicture(work, faces);
  const { user, system } = process.cpuUsage(before);
  return { price, cpu: (user + system) / 1000 };
}
