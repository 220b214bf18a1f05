import type { SourceType } from '../transform/kind.ts';

/** Animations of which only the first frame is read: APNG, and AVIF image sequences. */

const sequenceBrands = new Set(['avis', 'msf1']);
const majorBrandAt = 8;

const majorBrand = (bytes: Buffer) => bytes.toString('latin1', majorBrandAt, majorBrandAt + 4);

/**
 * An AVIF sequence as the still image that it has beside its frames: libvips looks at the major brand alone (AV1 Image File Format,
 * section 6). Other bytes are returned as they are.
 */
export function asStillAvif(bytes: Buffer): Buffer {
  if (!sequenceBrands.has(majorBrand(bytes))) return bytes;
  const still = Buffer.from(bytes);
  still.write('avif', majorBrandAt, 'latin1');
  return still;
}

/** Frames of such an animation; undefined for everything else. */
export function countFrames(bytes: Buffer, type: SourceType | undefined): number | 'unknown' | undefined {
  if (type === 'avif') return sequenceBrands.has(majorBrand(bytes)) ? 'unknown' : undefined;
  return type === 'png' ? countApngFrames(bytes) : undefined;
}

/** The chunk `acTL` of an APNG, which precedes the pixels (PNG third edition, section 11.3.6.1). */
function countApngFrames(bytes: Buffer): number | undefined {
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const name = bytes.toString('latin1', at + 4, at + 8);
    if (name === 'IDAT') return undefined;
    if (name !== 'acTL') continue;
    const frames = bytes.readUInt32BE(at + 8);
    return frames > 1 ? frames : undefined;
  }
  return undefined;
}
