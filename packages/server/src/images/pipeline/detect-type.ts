/** What the first bytes of a file say it is, whatever it is called. */
export type SourceType = 'jpeg' | 'png' | 'gif' | 'webp' | 'avif' | 'heic' | 'tiff' | 'svg';

const avifBrands = new Set(['avif', 'avis']);
const heicBrands = new Set(['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1']);
const svgLookaheadBytes = 1024;

/** Undefined for what is no picture we know. */
export function detectType(bytes: Buffer): SourceType | undefined {
  const ascii = (from: number, to: number) => bytes.toString('latin1', from, to);
  if (bytes.length < 12) return undefined;
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpeg';
  if (ascii(0, 8) === '\x89PNG\r\n\x1a\n') return 'png';
  if (ascii(0, 6) === 'GIF87a' || ascii(0, 6) === 'GIF89a') return 'gif';
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') return 'webp';
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(ascii(0, 4))) return 'tiff';
  if (ascii(4, 8) === 'ftyp') return detectHeif(bytes);
  return looksLikeSvg(bytes) ? 'svg' : undefined;
}

/** ISO/IEC 14496-12, section 4.3: the major brand, or one of the compatible ones. */
function detectHeif(bytes: Buffer): SourceType | undefined {
  const end = Math.min(bytes.readUInt32BE(0), bytes.length, 256);
  const brands: string[] = [bytes.toString('latin1', 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(bytes.toString('latin1', at, at + 4));
  if (brands.some((brand) => avifBrands.has(brand))) return 'avif';
  return brands.some((brand) => heicBrands.has(brand)) ? 'heic' : undefined;
}

function looksLikeSvg(bytes: Buffer): boolean {
  const beginning = bytes.toString('utf8', 0, svgLookaheadBytes).trimStart();
  return /^(?:\ufeff)?\s*</.test(beginning) && /<svg[\s>]/.test(beginning);
}
