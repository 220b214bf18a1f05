import type { Sharp } from 'sharp';
import { type Canvas, open, read } from './canvas.ts';
import { engine, maxSeconds } from './engine.ts';
import type { Size } from './geometry/size.ts';
import type { Header } from './original.ts';
import type { Source } from './source.ts';
import { damaged } from './source-type.ts';

/**
 * Opens a source upright and in sRGB, whatever its depth and its profile; nothing is decoded yet. Frames stay as they are stored: no
 * known encoder writes animations with an orientation.
 * @param density dots per inch that an SVG is drawn at, 72 for its own size
 */
export async function openUpright(source: Source, density?: number): Promise<Sharp> {
  const bytes = await source.original.readable();
  const image = engine(bytes, { ...source.options, ...(density !== undefined && { density }) });
  image.timeout({ seconds: maxSeconds });
  if (source.frames === 1) image.autoOrient();
  toSrgb(image, source.header);
  return source.dropsAlpha ? open(await withoutLastChannel(image, source)) : image;
}

/**
 * Colours become those of sRGB. libvips does that by itself for 8 bits; it works on 16-bit RGB with a profile in Display P3, which has
 * to be left in the end, and passes over the profile of 16-bit gray.
 */
function toSrgb(image: Sharp, { space, profile }: Header): void {
  if (space === 'rgb16' && profile === 'RGB') image.withIccProfile('srgb', { attach: false });
  if (space === 'grey16' && profile === 'GRAY') image.pipelineColourspace('b-w');
}

/** In a run of its own: scaling would multiply the other channels by the last one, taken for transparency. */
function withoutLastChannel(image: Sharp, { size, type }: Source): Promise<Canvas> {
  const frame = { frames: 1, frameBox: size };
  return read(image.removeAlpha(), frame).catch((error: unknown) => damaged(type, error));
}

/** Size of an SVG in pixels when it is drawn at this density. */
export async function drawnSize(source: Source, density: number): Promise<Size> {
  const options = { ...source.options, limitInputPixels: false, density } as const;
  const drawing = engine(await source.original.readable(), options);
  const { width, height } = await drawing.metadata().catch((error: unknown) => damaged(source.type, error));
  return { width, height };
}
