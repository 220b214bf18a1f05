/** Of a picture, in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A part of a picture, in pixels. */
export interface Box extends Size {
  readonly left: number;
  readonly top: number;
}

export function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

/** To the nearest whole number, and from the middle to the even one: as Thumbor's Python rounds. */
export function round(value: number): number {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}

/** The size times a factor on each side, in whole pixels, and never nothing. */
export function scaleSize(size: Size, factorX: number, factorY = factorX): Size {
  return {
    width: Math.max(1, round(size.width * factorX)),
    height: Math.max(1, round(size.height * factorY)),
  };
}
