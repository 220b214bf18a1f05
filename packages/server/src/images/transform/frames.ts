import type { Canvas } from './canvas.ts';
import type { Size, SizeLimits } from './geometry/size.ts';
import type { Source } from './source.ts';

/** Frames of this size that are decoded at once: their pixels are in memory together. At least 1. */
export function framesOfChunk({ width, height }: Size, { maxPixels }: Pick<SizeLimits, 'maxPixels'>): number {
  return Math.max(1, Math.floor(maxPixels / (width * height)));
}

/** The frames that are kept of `all`, evenly spread, from 0. */
function keptFrames(all: number, kept: number): number[] {
  return Array.from({ length: kept }, (_, index) => Math.floor((index * all) / kept));
}

/**
 * Decodes the frames of a source in chunks that fit in memory, and keeps those that the limits allow.
 * @param decodeChunk decodes the frames of the source that it is given
 */
export async function decodeFrames(
  source: Source,
  chunk: number,
  decodeChunk: (part: Source) => Promise<Canvas>,
): Promise<Canvas> {
  const { frames, decodedFrames } = source;
  const kept = keptFrames(decodedFrames, frames);
  const pixels: Buffer[] = [];
  let first: Canvas | undefined;
  for (let page = 0; page < decodedFrames; page += chunk) {
    const pages = Math.min(chunk, decodedFrames - page);
    const canvas = await decodeChunk({
      ...source,
      options: { ...source.options, page, pages },
      decodedFrames: pages,
    });
    first ??= canvas;
    const bytes = canvas.width * canvas.height * canvas.channels;
    for (const frame of kept) {
      if (frame < page || frame >= page + pages) continue;
      const at = (frame - page) * bytes;
      const part = canvas.pixels.subarray(at, at + bytes);
      // A part keeps the memory of its whole chunk, dropped frames included; a copy does not.
      pixels.push(frames === decodedFrames ? part : Buffer.from(part));
    }
  }
  if (first === undefined) throw new Error('a source has at least one frame');
  return { ...first, frames, pixels: Buffer.concat(pixels) };
}

/** The delays of the frames that are kept, in milliseconds: each is shown until the next one. */
export function keptDelays(delays: readonly number[], { frames, decodedFrames }: Source): number[] {
  const kept = keptFrames(decodedFrames, frames);
  return kept.map((frame, index) =>
    delays.slice(frame, kept[index + 1] ?? decodedFrames).reduce((sum, delay) => sum + delay, 0),
  );
}
