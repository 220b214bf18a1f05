import type { ImageColour } from './image-colour.ts';
import type { ImageBox, ImageSide, ImageTrim } from './image-url.ts';

/** What comes out; `jpg` in a URL is `jpeg`. */
export const imageFormats = ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const;
export type ImageFormat = (typeof imageFormats)[number];

/** A place along one axis of a picture, for something that is laid on it. */
export type OverlayPlace =
  /** From the near edge, or from the far edge when `far`. */
  | { readonly kind: 'pixels'; readonly value: number; readonly far: boolean }
  /** A share of the picture's side, 0 to 1, counted likewise. */
  | { readonly kind: 'share'; readonly value: number; readonly far: boolean }
  | { readonly kind: 'center' }
  | { readonly kind: 'repeat' };

/** What fills the room around a picture, or shines through it. */
export type ImageFill = ImageColour | 'auto' | 'auto-bottom-right' | 'blur' | 'transparent';

/** One thing done to the pixels, after the picture has its size. The order of the URL is kept. */
export type ImageStep =
  | { readonly do: 'blur'; readonly sigma: number }
  | { readonly do: 'sharpen'; readonly sigma: number; readonly amount: number }
  | { readonly do: 'linear'; readonly gain: number; readonly offset: readonly [number, number, number] }
  | {
      readonly do: 'modulate';
      readonly brightness: number;
      readonly saturation: number;
      readonly hueDegrees: number;
    }
  | { readonly do: 'grayscale' }
  | { readonly do: 'invert' }
  | { readonly do: 'equalize' }
  | { readonly do: 'noise'; readonly amount: number }
  | { readonly do: 'pixelate'; readonly sizePx: number }
  | { readonly do: 'background'; readonly colour: ImageColour | 'auto' }
  | { readonly do: 'fill'; readonly fill: ImageFill }
  | { readonly do: 'pad'; readonly fill: ImageFill; readonly sides: ImageBox }
  | { readonly do: 'rotate'; readonly degrees: 90 | 180 | 270 }
  | ({ readonly do: 'trim' } & ImageTrim)
  /** In pixels, or in shares of the picture: numbers below 1, and all of them when `relative`. */
  | {
      readonly do: 'crop';
      readonly left: number;
      readonly top: number;
      readonly width: number;
      readonly height: number;
      readonly relative: boolean;
    }
  | {
      readonly do: 'round-corner';
      readonly radiusX: number;
      readonly radiusY: number;
      readonly colour: ImageColour | 'transparent';
    }
  | {
      readonly do: 'watermark';
      readonly key: string;
      readonly x: OverlayPlace;
      readonly y: OverlayPlace;
      /** 0 to 1. */
      readonly opacity: number;
      /** Shares of the picture's sides that it is to fit in, 0 to 1. */
      readonly width?: number;
      readonly height?: number;
    }
  | {
      readonly do: 'label';
      readonly text: string;
      readonly x: OverlayPlace;
      readonly y: OverlayPlace;
      readonly sizePx: number;
      readonly colour: ImageColour;
      readonly opacity: number;
    };

/** A region that matters: pixels of the upright original, or shares of it when none is above 1. A point has no extent. */
export type FocalRegion = ImageBox;

/** How the result is written. */
export interface ImageOutput {
  readonly format?: ImageFormat;
  /** 1 to 100. */
  readonly quality?: number;
  readonly maxBytes?: number;
  readonly lossless: boolean;
}

/** What `meta/` says beyond the picture's own description. */
export interface ImageDescription {
  readonly blurhash?: { readonly x: number; readonly y: number };
  readonly thumbhash: boolean;
  readonly averageColour: boolean;
}

/**
 * What a URL comes to: the same plan for every way of writing the same thing. Everything a rendering depends on, but
 * for its source and the format that was negotiated, stands here.
 */
export interface ImagePlan {
  readonly meta?: ImageDescription;
  readonly trim?: ImageTrim;
  readonly crop?: ImageBox;
  readonly mode: 'fill' | 'fit-in' | 'stretch';
  /** Of `fit-in`: swaps the sides when that suits the picture better. */
  readonly adaptive: boolean;
  /** Of `fit-in`: covers the box rather than staying inside. */
  readonly full: boolean;
  readonly width: ImageSide;
  readonly height: ImageSide;
  readonly upscale: boolean;
  /** A factor on the sides once they are known, above 0, up to 1. */
  readonly proportion: number;
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

/** How the answer is sent; no part of what is rendered. */
export interface ImageDelivery {
  /** Saved rather than shown, under this name or, when it is empty, the file's own. */
  readonly attachment?: string;
  /** Not served from this instant on. */
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
