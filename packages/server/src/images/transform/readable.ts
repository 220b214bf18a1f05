import { withEndMark } from '../formats/jpeg.ts';
import { asStillAvif } from '../formats/still-of-animation.ts';
import { maxSvgBytes, plainSvg } from '../formats/svg.ts';
import type { Kind } from './kind.ts';
import { tooManyBytes } from './source-type.ts';

/**
 * The bytes of an image as libvips opens them. It refuses some images for their form alone: SVG in other encodings, a JPEG without
 * its end mark, an AVIF sequence.
 * @throws `file/file-too-large` for SVG that expands beyond its limit
 */
export function readable(bytes: Buffer, { type, lacksEndMark }: Kind): Buffer {
  switch (type) {
    case 'svg': {
      const plain = plainSvg(bytes);
      if (plain === undefined) throw tooManyBytes(maxSvgBytes);
      return plain;
    }
    case 'jpeg':
      return lacksEndMark ? withEndMark(bytes) : bytes;
    case 'avif':
      return asStillAvif(bytes);
    default:
      return bytes;
  }
}
