import { constants, gunzipSync } from 'node:zlib';

/**
 * SVG as drawing programs write it: behind licences and DOCTYPEs, with a namespace prefix, in any encoding, compressed. librsvg
 * draws all of these; libvips lets it see only UTF-8 in which `<svg` stands in the first 1,000 bytes.
 */

/** `<svg` is looked for in this number of bytes. */
const lookaheadBytes = 256 * 1024;

/** Text costs a parser more memory than pixels do. */
export const maxSvgBytes = 4 * 1024 * 1024;

const isGzip = (bytes: Buffer) => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Compressed bytes that are tried in turn, until they give the lookahead. */
const compressedBytes = [4 * 1024, 64 * 1024, lookaheadBytes];
/** Deflate grows to a thousand times its size: the first try never gives as much, and what gives more is too large to be drawn. */
const maxInflatedBytes = 2 * maxSvgBytes;

/** Whether a file is SVG, by its root element: `<svg>`, with or without a namespace prefix. */
export function isSvg(bytes: Buffer): boolean {
  if (!isGzip(bytes)) return hasSvgRoot(bytes.subarray(0, lookaheadBytes));
  for (const length of compressedBytes) {
    const beginning = inflateBeginning(bytes.subarray(0, length));
    if (beginning === undefined) return false;
    if (beginning.length >= lookaheadBytes || length >= bytes.length || hasSvgRoot(beginning))
      return hasSvgRoot(beginning.subarray(0, lookaheadBytes));
  }
  return false;
}

/** Undefined for bytes that are no gzip (RFC 1952), or give more than {@link maxInflatedBytes}. */
function inflateBeginning(compressed: Buffer): Buffer | undefined {
  try {
    return gunzipSync(compressed, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: maxInflatedBytes,
    });
  } catch {
    return undefined;
  }
}

const root = /\s*<(?:[\p{L}_][\p{L}\p{N}_.-]*:)?svg[\s/>]/uy;

function hasSvgRoot(bytes: Buffer): boolean {
  const text = decodeXml(bytes);
  root.lastIndex = rootOf(text);
  return root.test(text);
}

/** Parts of an XML document that end with the text beside them. */
const enclosed = [
  ['<?', '?>'],
  ['<!--', '-->'],
] as const;

/** Where the root of an XML document begins: behind declaration, instructions, comments and DOCTYPE (XML 1.0, section 2.8). */
function rootOf(text: string): number {
  for (let at = 0; ; ) {
    while (/\s/.test(text[at] ?? '')) at++;
    const end = text.startsWith('<!DOCTYPE', at) ? endOfDoctype(text, at) : endOfEnclosed(text, at);
    if (end === undefined) return at;
    at = end;
  }
}

/** Undefined where nothing of the kind begins. */
function endOfEnclosed(text: string, at: number): number | undefined {
  const pair = enclosed.find(([begin]) => text.startsWith(begin, at));
  return pair && endOf(text, pair[1], at + pair[0].length);
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at + mark.length;
}

/** Brackets, and marks within quotes and comments, may stand in a DOCTYPE before its end. */
function endOfDoctype(text: string, begin: number): number {
  let isInSubset = false;
  for (let at = begin + 2; at < text.length; ) {
    const character = text[at] ?? '';
    const end = endOfEnclosed(text, at);
    if (end !== undefined) at = end;
    else if (character === '"' || character === "'") at = endOf(text, character, at + 1);
    else {
      if (character === '[') isInSubset = true;
      if (character === ']') isInSubset = false;
      at++;
      if (character === '>' && !isInSubset) return at;
    }
  }
  return text.length;
}

const declaration = /^\s*<\?xml\s(?:[^?]|\?(?!>))*\?>/;

/** The text of an XML document without its byte order mark (XML 1.0, appendix F): UTF-8, UTF-16, or as its declaration says. */
function decodeXml(bytes: Buffer): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0))
    return decodeAs('utf-16le', bytes);
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c))
    return decodeAs('utf-16be', bytes);
  const said = /^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']/.exec(
    bytes.toString('latin1', 0, 1024),
  )?.[1];
  return decodeAs(said ?? 'utf-8', bytes);
}

function decodeAs(encoding: string, bytes: Buffer): string {
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/** The sign of SVG for libvips, in the first bytes; a comment to everything else. */
const sign = '<!--<svg -->';

/**
 * The same drawing as libvips opens it: uncompressed UTF-8 that begins with a sign of SVG. Undefined when it is larger than
 * {@link maxSvgBytes}.
 */
export function plainSvg(bytes: Buffer): Buffer | undefined {
  const inflated = isGzip(bytes) ? inflateWhole(bytes) : bytes;
  if (inflated === undefined || inflated.length > maxSvgBytes) return undefined;
  const text = decodeXml(inflated).replace(declaration, '');
  return Buffer.from(sign + text);
}

function inflateWhole(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxSvgBytes });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    // A damaged end: librsvg says what is missing.
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxSvgBytes });
  }
}
