/** Whether a URL carries a permission, and of which kind. */
export type ImageAccess =
  /** Thumbor's word for "not signed". */
  | { readonly kind: 'unsafe' }
  /** Thumbor's signature: the HMAC-SHA1 of the path behind it, in base64url with its padding. */
  | { readonly kind: 'hmac'; readonly signature: string }
  /** Our own, which says who may look and until when. Both parts are base64url without padding. */
  | { readonly kind: 'ticket'; readonly claims: string; readonly signature: string };

/** Where a box begins and ends: pixels, or fractions of the picture when none is above 1. */
export interface ImageBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A side in pixels; 0 is free, `orig` the picture's own. */
export type ImageSide = number | 'orig';

export interface ImageSize {
  readonly width: ImageSide;
  readonly height: ImageSide;
  readonly flipX: boolean;
  readonly flipY: boolean;
}

export interface ImageTrim {
  /** The corner whose colour is taken for the surroundings. */
  readonly from: 'top-left' | 'bottom-right';
  /** How far a colour may be from it, 0 to 442. */
  readonly tolerance: number;
}

/** One `name(args)`, as it stands in the URL: arguments still percent-encoded. */
export interface ImageFilter {
  readonly name: string;
  readonly args: string;
}

/**
 * A path of the image host taken apart, nothing interpreted yet: Thumbor's grammar with imagor's additions.
 * `planImage` says what it comes to.
 */
export interface ImageUrl {
  readonly kind: 'image';
  readonly access?: ImageAccess;
  /** A named set of options that whoever runs the service has defined. */
  readonly preset?: string;
  readonly meta: boolean;
  readonly trim?: ImageTrim;
  readonly crop?: ImageBox;
  readonly fitIn?: { readonly adaptive: boolean; readonly full: boolean };
  readonly stretch: boolean;
  readonly size?: ImageSize;
  /** In pixels, around the picture. */
  readonly padding?: ImageBox;
  readonly halign?: 'left' | 'center' | 'right';
  readonly valign?: 'top' | 'middle' | 'bottom';
  readonly smart: boolean;
  readonly filters: readonly ImageFilter[];
  readonly key: string;
}

/** A path that is none of the image host's. */
export interface ImageUrlFault {
  readonly kind: 'fault';
  /** The part at fault, as it stands in the path. */
  readonly option: string;
  /** What would be right. */
  readonly message: string;
}
