import type { ImageColour } from './image-colour.ts';
import type { ImageBox, ImageTrim } from './image-url.ts';

/** One operation on the pixels, after the image has its size. The order of the URL is kept. */
export type ImageStep = ColourStep | ExtentStep | OverlayStep;

/** Steps that change colours and sharpness, and neither size nor shape. */
export type ColourStep =
  | { readonly do: 'blur'; readonly sigma: number }
  | { readonly do: 'sharpen'; readonly sigma: number; readonly amount: number }
  /** Each channel times `gain`, plus its own offset of −255 to 255. */
  | { readonly do: 'linear'; readonly gain: number; readonly offset: readonly [number, number, number] }
  /** Brightness and saturation are factors, 1 for no change. */
  | {
      readonly do: 'modulate';
      readonly brightness: number;
      readonly saturation: number;
      readonly hueDegrees: number;
    }
  | { readonly do: 'grayscale' }
  | { readonly do: 'invert' }
  | { readonly do: 'equalize' }
  /** Percent of the range of a channel. */
  | { readonly do: 'noise'; readonly amount: number }
  | { readonly do: 'pixelate'; readonly sizePx: number };

/** Fills the frame box around an image, or shows through where the image is transparent. */
export type ImageFill = ImageColour | 'auto' | 'auto-bottom-right' | 'blur' | 'transparent';

/** Steps that change the frame box of an image, or the ground behind it. */
type ExtentStep =
  | { readonly do: 'background'; readonly colour: ImageColour | 'auto' }
  | { readonly do: 'fill'; readonly fill: ImageFill }
  | { readonly do: 'pad'; readonly fill: ImageFill; readonly sides: ImageBox }
  /** Clockwise. */
  | { readonly do: 'rotate'; readonly degrees: 90 | 180 | 270 }
  | ({ readonly do: 'trim' } & ImageTrim)
  /** In pixels, or in shares of the image: numbers below 1, and all of them when `relative`. */
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
    };

/** Where an overlay begins along one axis of an image. */
export type OverlayPosition =
  /** From the near edge, or from the far edge when `far`. */
  | { readonly kind: 'pixels'; readonly value: number; readonly far: boolean }
  /** A share of the image's side, 0 to 1, counted likewise. */
  | { readonly kind: 'share'; readonly value: number; readonly far: boolean }
  | { readonly kind: 'center' }
  | { readonly kind: 'repeat' };

/** Steps that lay something over an image. Opacity is 0 to 1. */
type OverlayStep =
  | {
      readonly do: 'watermark';
      readonly key: string;
      readonly x: OverlayPosition;
      readonly y: OverlayPosition;
      readonly opacity: number;
      /** Shares of the image's sides that the overlay fits in, 0 to 1. */
      readonly width?: number;
      readonly height?: number;
    }
  | {
      readonly do: 'label';
      readonly text: string;
      readonly x: OverlayPosition;
      readonly y: OverlayPosition;
      readonly sizePx: number;
      readonly colour: ImageColour;
      readonly opacity: number;
    };
