import { readImageAccess, writeImageAccess } from './access.ts';
import { readFilters, writeFilters } from './filter-list.ts';
import type { ImageSize, ImageUrl, ImageUrlFault } from './image-url.ts';
import { decodeImageKey, encodeImageKey } from './key.ts';
import {
  type Cursor,
  optionOutOfOrder,
  readCrop,
  readFitIn,
  readPadding,
  readPreset,
  readSize,
  readTrim,
  readWord,
  writeCrop,
  writeFitIn,
  writePadding,
  writeSize,
  writeTrim,
} from './options.ts';

const freeSize: ImageSize = { width: 0, height: 0, flipX: false, flipY: false };

/**
 * Parses the path of an image URL. The first segment that is no option begins the key, which is decoded once, as one unit;
 * a key that begins like an option is therefore written with `%2F` for its slashes. Time is linear in the path's length.
 * @param path as received, still percent-encoded, without its query
 */
export function parseImagePath(path: string): ImageUrl | ImageUrlFault {
  const { access, rest } = readImageAccess(path);
  const cursor: Cursor = { rest };
  const preset = readPreset(cursor);
  const meta = readWord(cursor, ['meta']) !== undefined;
  const trim = readTrim(cursor);
  const crop = readCrop(cursor);
  const fitIn = readFitIn(cursor);
  const stretch = readWord(cursor, ['stretch']) !== undefined;
  const sized = readSize(cursor);
  const padding = readPadding(cursor);
  // A padding without a size is possible only where it cannot be read as a size.
  const size = sized ?? (padding && freeSize);
  const halign = readWord(cursor, ['left', 'center', 'right']);
  const valign = readWord(cursor, ['top', 'middle', 'bottom']);
  const smart = readWord(cursor, ['smart']) !== undefined;
  const filters = readFilters(cursor);
  if (!Array.isArray(filters)) return filters;
  const fault = optionOutOfOrder(cursor, { sizeExpected: (fitIn !== undefined || stretch) && !size });
  if (fault) return fault;
  // As Thumbor does; the slashes of a key that begins with one are percent-encoded.
  const key = decodeImageKey(cursor.rest.replace(/^\/+/, ''));
  if (typeof key !== 'string') return key;
  return {
    kind: 'image',
    ...(access && { access }),
    ...(preset !== undefined && { preset }),
    meta,
    ...(trim && { trim }),
    ...(crop && { crop }),
    ...(fitIn && { fitIn }),
    stretch,
    ...(size && { size }),
    ...(padding && { padding }),
    ...(halign && { halign }),
    ...(valign && { valign }),
    smart,
    filters,
    key,
  };
}

/** The parts of an image URL; all but the key are optional. */
export type ImageUrlParts = Partial<Omit<ImageUrl, 'kind' | 'key'>> & Pick<ImageUrl, 'key'>;

/** Builds the path that {@link parseImagePath} parses into these parts. */
export function buildImagePath(url: ImageUrlParts): string {
  return `/${[...writeImageAccess(url.access), buildImageOptions(url)].join('/')}`;
}

/** Builds the same path without access part and first slash: the text that a signature covers. */
export function buildImageOptions(url: ImageUrlParts): string {
  // Padding alone would be read as a size.
  const size = url.size ?? (url.padding && freeSize);
  return [
    url.preset !== undefined && `preset:${url.preset}`,
    url.meta && 'meta',
    url.trim && writeTrim(url.trim),
    url.crop && writeCrop(url.crop),
    url.fitIn && writeFitIn(url.fitIn),
    url.stretch && 'stretch',
    size && writeSize(size),
    url.padding && writePadding(url.padding),
    url.halign,
    url.valign,
    url.smart && 'smart',
    url.filters && url.filters.length > 0 && writeFilters(url.filters),
    encodeImageKey(url.key),
  ]
    .filter((part) => typeof part === 'string')
    .join('/');
}

/** Whether a URL asks for the original, unchanged. */
export function asksForOriginal(url: ImageUrl): boolean {
  if (url.filters.length > 0) return url.filters.every(({ name }) => name === 'raw');
  const { preset, meta, trim, crop, fitIn, stretch, size, padding, halign, valign, smart } = url;
  return !(
    preset ||
    meta ||
    trim ||
    crop ||
    fitIn ||
    stretch ||
    size ||
    padding ||
    halign ||
    valign ||
    smart
  );
}
