import type { Layout } from './layout.ts';
import { type Box, type Size, sidesSwapped } from './size.ts';

/** Degrees of a clockwise quarter turn. */
export type Turn = 0 | 90 | 180 | 270;

/** The box, on an image before it is turned, of a part of the turned image. */
function boxBefore({ left, top, width, height }: Box, turned: Size, turn: Turn): Box {
  const right = turned.width - left - width;
  const bottom = turned.height - top - height;
  switch (turn) {
    case 0:
      return { left, top, width, height };
    case 90:
      return { left: top, top: right, width: height, height: width };
    case 180:
      return { left: right, top: bottom, width, height };
    case 270:
      return { left: bottom, top: left, width: height, height: width };
  }
}

/**
 * The boxes of a layout on an image that is turned after it is cropped and scaled, rather than before.
 * @param image size of the turned image
 */
export function beforeTurn(
  { part, scaled, kept }: Pick<Layout, 'part' | 'scaled' | 'kept'>,
  image: Size,
  turn: Turn,
): Pick<Layout, 'part' | 'scaled' | 'kept'> {
  return {
    ...(part && { part: boxBefore(part, image, turn) }),
    scaled: turn % 180 === 0 ? scaled : sidesSwapped(scaled),
    ...(kept && { kept: boxBefore(kept, scaled, turn) }),
  };
}
