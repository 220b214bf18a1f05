import type { ImageBox, ImageSide, ImageSize, ImageTrim, ImageUrl, ImageUrlFault } from './image-url.ts';

/** The options of an image URL that are separated by slashes, each read from the front of the rest of a path. */

/** The rest of a path; readers shorten it. */
export interface Cursor {
  rest: string;
}

const presetPattern = /^preset:([A-Za-z0-9_-]{1,64})$/;
const trimPattern = /^trim(?::(top-left|bottom-right))?(?::(\d{1,3}))?$/;
const coordinate = String.raw`(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})`;
const cropPattern = new RegExp(`^${coordinate}x${coordinate}:${coordinate}x${coordinate}$`);
const fitInPattern = /^(adaptive-)?(full-)?fit-in$/;
const sizePattern = /^(-?)(\d{0,9}|orig)x(-?)(\d{0,9}|orig)$/;
const paddingPattern = /^(\d{1,9})x(\d{1,9})(?::(\d{1,9})x(\d{1,9}))?$/;

const words = ['unsafe', 'meta', 'stretch', 'left', 'center', 'right', 'top', 'middle', 'bottom', 'smart'];

/** Segments that are almost an option, and unlikely to begin a key. */
const nearlyAnOption = /^(?:-?(?:\d+(?:\.\d+)?|orig)x|-?x-?\d|trim:|preset:)/;

/** Takes the next segment when it matches; options are followed by a slash, and some clients write `%3A` for a colon. */
function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | undefined {
  const end = cursor.rest.indexOf('/');
  if (end < 1) return undefined;
  const match = pattern.exec(readColons(cursor.rest.slice(0, end)));
  if (!match) return undefined;
  cursor.rest = cursor.rest.slice(end + 1);
  return match;
}

function readColons(segment: string): string {
  return segment.replaceAll(/%3A/gi, ':');
}

export function readWord<Word extends string>(cursor: Cursor, among: readonly Word[]): Word | undefined {
  const word = among.find((candidate) => cursor.rest.startsWith(`${candidate}/`));
  if (word !== undefined) cursor.rest = cursor.rest.slice(word.length + 1);
  return word;
}

export function readPreset(cursor: Cursor): string | undefined {
  return take(cursor, presetPattern)?.[1];
}

export function readTrim(cursor: Cursor): ImageTrim | undefined {
  const match = take(cursor, trimPattern);
  return (
    match && {
      from: match[1] === 'bottom-right' ? 'bottom-right' : 'top-left',
      tolerance: Number(match[2] ?? 0),
    }
  );
}

export function writeTrim({ from, tolerance }: ImageTrim): string {
  const corner = from === 'top-left' ? '' : `:${from}`;
  return `trim${corner}${tolerance === 0 ? '' : `:${tolerance}`}`;
}

export function readCrop(cursor: Cursor): ImageBox | undefined {
  const match = take(cursor, cropPattern);
  if (!match) return undefined;
  const [left = 0, top = 0, right = 0, bottom = 0] = match.slice(1).map(Number);
  return { left, top, right, bottom };
}

export function writeCrop({ left, top, right, bottom }: ImageBox): string {
  return `${writeNumber(left)}x${writeNumber(top)}:${writeNumber(right)}x${writeNumber(bottom)}`;
}

/** Without an exponent, which the grammar does not know. */
function writeNumber(value: number): string {
  return value.toFixed(9).replace(/\.?0+$/, '');
}

export function readFitIn(cursor: Cursor): ImageUrl['fitIn'] {
  const match = take(cursor, fitInPattern);
  return match && { adaptive: match[1] !== undefined, full: match[2] !== undefined };
}

export function writeFitIn({ adaptive, full }: NonNullable<ImageUrl['fitIn']>): string {
  return `${adaptive ? 'adaptive-' : ''}${full ? 'full-' : ''}fit-in`;
}

export function readSize(cursor: Cursor): ImageSize | undefined {
  const match = take(cursor, sizePattern);
  if (!match) return undefined;
  const side = (text = ''): ImageSide => (text === 'orig' ? 'orig' : Number(text));
  return {
    width: side(match[2]),
    height: side(match[4]),
    flipX: match[1] === '-',
    flipY: match[3] === '-',
  };
}

export function writeSize({ width, height, flipX, flipY }: ImageSize): string {
  return `${flipX ? '-' : ''}${width}x${flipY ? '-' : ''}${height}`;
}

export function readPadding(cursor: Cursor): ImageBox | undefined {
  const match = take(cursor, paddingPattern);
  if (!match) return undefined;
  const left = Number(match[1]);
  const top = Number(match[2]);
  return { left, top, right: Number(match[3] ?? left), bottom: Number(match[4] ?? top) };
}

export function writePadding({ left, top, right, bottom }: ImageBox): string {
  const far = left === right && top === bottom ? '' : `:${right}x${bottom}`;
  return `${left}x${top}${far}`;
}

/** The fault of an option found where the key should begin: out of order, or malformed. */
export function optionOutOfOrder(
  cursor: Cursor,
  { sizeExpected }: { sizeExpected: boolean },
): ImageUrlFault | undefined {
  const end = cursor.rest.indexOf('/');
  if (end < 1) return undefined;
  const option = readColons(cursor.rest.slice(0, end));
  if (words.includes(option) || fitInPattern.test(option)) {
    return { kind: 'fault', option, message: 'is out of order: options have a fixed order' };
  }
  if (nearlyAnOption.test(option) || option === 'trim' || (sizeExpected && /^-?\d+$/.test(option))) {
    return {
      kind: 'fault',
      option,
      message: 'is neither an option in its order, such as 300x200, nor a key',
    };
  }
  return undefined;
}

/** Whether a path that begins with this segment and a slash would be parsed as more than a key. */
export function looksLikeAnOption(segment: string): boolean {
  const patterns = [presetPattern, trimPattern, cropPattern, fitInPattern, sizePattern, nearlyAnOption];
  return (
    words.includes(segment) || patterns.some((pattern) => pattern.test(segment)) || /^\d+$/.test(segment)
  );
}
