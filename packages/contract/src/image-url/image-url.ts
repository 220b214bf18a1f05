/** The access part of an image URL: how it is signed, if at all. */
export type ImageAccess =
  /** Thumbor's word for "not signed". */
  | { readonly kind: 'unsafe' }
  /** Thumbor's signature: the HMAC-SHA1 of the path behind it, in base64url with its padding. */
  | { readonly kind: 'hmac'; readonly signature: string }
  /** A signed image URL: its claims name the viewer and the expiry. Both parts are base64url without padding. */
  | { readonly kind: 'signed'; readonly claims: string; readonly signature: string };

/** The edges of a box: pixels, or shares of the image when none is above 1. */
export interface ImageBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A side in pixels; 0 is free, `orig` the image's own. */
export type ImageSide = number | 'orig';

export interface ImageSize {
  readonly width: ImageSide;
  readonly height: ImageSide;
  readonly flipX: boolean;
  readonly flipY: boolean;
}

export interface ImageTrim {
  /** The corner whose colour is that of the border. */
  readonly from: 'top-left' | 'bottom-right';
  /** Largest distance of a colour from it, 0 to 442. */
  readonly tolerance: number;
}

/** One `name(args)`, as written in the URL: arguments still percent-encoded. */
export interface ImageFilter {
  readonly name: string;
  readonly args: string;
}

/**
 * The parsed path of an image URL, not interpreted yet: Thumbor's grammar with imagor's additions.
 * `planImage` turns it into a plan.
 */
export interface ImageUrl {
  readonly kind: 'image';
  readonly access?: ImageAccess;
  /** A named set of options that the operator has defined. */
  readonly preset?: string;
  readonly meta: boolean;
  readonly trim?: ImageTrim;
  readonly crop?: ImageBox;
  readonly fitIn?: { readonly adaptive: boolean; readonly full: boolean };
  readonly stretch: boolean;
  readonly size?: ImageSize;
  /** In pixels, around the image. */
  readonly padding?: ImageBox;
  readonly halign?: 'left' | 'center' | 'right';
  readonly valign?: 'top' | 'middle' | 'bottom';
  readonly smart: boolean;
  readonly filters: readonly ImageFilter[];
  readonly key: string;
}

/** A path that is no image URL. */
export interface ImageUrlFault {
  readonly kind: 'fault';
  /** The part at fault, as written in the path. */
  readonly option: string;
  /** The rule it breaks. */
  readonly message: string;
}
