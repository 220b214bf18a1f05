import { defaultLimits, parseImagePath, planImage } from '@bkend/storage-contract';
import sharp, { type Sharp } from 'sharp';
import type { Faces } from '../../src/images/faces/faces.ts';
import { costOfWork, type ImageWork, makeImage } from '../../src/images/make-image.ts';
import { Original } from '../../src/images/transform/original.ts';

/** A noisy image, which is expensive to encode: most photographs cost less. */
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

/** An animation of noise. */
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

/** The work of a URL's options; a watermark is the source itself. */
export function workOf({ bytes, mimeType }: Subject, options: string): ImageWork {
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
  readonly cost: number;
  readonly cpu: number;
}

/** The estimated cost of work, and its CPU time in this process. */
export async function measure(work: ImageWork, faces?: Faces): Promise<Measured> {
  const cost = (await costOfWork(work, faces !== undefined)).milliseconds;
  const before = process.cpuUsage();
  await makeImage(work, faces);
  const { user, system } = process.cpuUsage(before);
  return { cost, cpu: (user + system) / 1000 };
}
