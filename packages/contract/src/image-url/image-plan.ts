import type { ImageStep } from './image-step.ts';
import type { ImageBox, ImageSide, ImageTrim } from './image-url.ts';

/** Formats of renditions; `jpg` in a URL is `jpeg`. */
export const imageFormats = ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const;
export type ImageFormat = (typeof imageFormats)[number];

/** A region to crop around: pixels of the upright original, or shares of it when none is above 1. A point has no extent. */
export type FocalRegion = ImageBox;

/** How the rendition is encoded. */
export interface ImageOutput {
  readonly format?: ImageFormat;
  /** 1 to 100. */
  readonly quality?: number;
  readonly maxBytes?: number;
  readonly lossless: boolean;
}

/** Placeholders that `meta/` adds to the description of the image. */
export interface ImageDescription {
  readonly blurhash?: { readonly x: number; readonly y: number };
  readonly thumbhash: boolean;
  readonly averageColour: boolean;
}

/**
 * The parsed options and filters of an image URL: equal for every way of writing the same request. Together with the original
 * and the negotiated format, it determines the rendition. Pure data.
 */
export interface ImagePlan {
  readonly meta?: ImageDescription;
  readonly trim?: ImageTrim;
  readonly crop?: ImageBox;
  readonly mode: 'fill' | 'fit-in' | 'stretch';
  /** With `fit-in`: swaps the sides where the image lies the other way. */
  readonly adaptive: boolean;
  /** With `fit-in`: covers the box rather than staying inside. */
  readonly full: boolean;
  readonly width: ImageSide;
  readonly height: ImageSide;
  readonly upscale: boolean;
  /** A factor on the sides once they are known, above 0, up to 1. */
  readonly proportion: number;
  /** Clockwise. */
  readonly orientDegrees: 0 | 90 | 180 | 270;
  readonly flipX: boolean;
  readonly flipY: boolean;
  readonly halign: 'left' | 'center' | 'right';
  readonly valign: 'top' | 'middle' | 'bottom';
  readonly smart: boolean;
  readonly focal: readonly FocalRegion[];
  readonly steps: readonly ImageStep[];
  readonly output: ImageOutput;
  /** One page of several, from 1. */
  readonly page?: number;
  readonly maxFrames?: number;
}

/** How the answer is sent; no part of the rendition. */
export interface ImageDelivery {
  /** Saved rather than shown, under this name or, when it is empty, the file's own. */
  readonly attachment?: string;
  /** Answered 404 from this instant on. */
  readonly expiresAtMs?: number;
}

/** A plan as one string: equal for equal plans. */
export function imagePlanKey(plan: ImagePlan): string {
  return JSON.stringify(plan, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
