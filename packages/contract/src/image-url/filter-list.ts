import type { ImageFilter, ImageUrlFault } from './image-url.ts';
import type { Cursor } from './options.ts';

/**
 * `filters:name(args):name(args)/`. Parentheses nest, so that an argument may hold a whole path; within them, a slash
 * and a colon are text. Some clients percent-encode the colons and parentheses as well: when the first colon is, all are.
 */
const opening = /^filters(:|%3A)/i;
const encodedStructure = /%(?:28|29|3A|2C)/gi;
const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

const decoded: Readonly<Record<string, string>> = { '%28': '(', '%29': ')', '%3A': ':', '%2C': ',' };

/** Reads the filters from the front of a path; an empty list where there are none. */
export function readFilters(cursor: Cursor): ImageFilter[] | ImageUrlFault {
  const start = opening.exec(cursor.rest);
  if (!start) return [];
  const encoded = start[1] !== ':';
  const text = cursor.rest.slice(start[0].length);
  const scanned = scan(encoded ? text.replaceAll(encodedStructure, decodeStructure) : text);
  // A key that only begins like filters has all its slashes encoded.
  if (!scanned && encoded) return [];
  if (!scanned) {
    return {
      kind: 'fault',
      option: 'filters',
      message: 'every "(" must be closed, and a "/" must follow the last filter',
    };
  }
  const filters: ImageFilter[] = [];
  for (const part of scanned.parts) {
    const parenthesis = part.indexOf('(');
    const name = part.slice(0, parenthesis);
    if (parenthesis < 1 || !part.endsWith(')') || !namePattern.test(name)) {
      return { kind: 'fault', option: 'filters', message: `"${part}" is not a filter such as quality(80)` };
    }
    filters.push({ name, args: part.slice(parenthesis + 1, -1) });
  }
  cursor.rest = encoded ? text.slice(text.length - restLength(text, scanned.consumed)) : scanned.rest;
  return filters;
}

function decodeStructure(encoded: string): string {
  return decoded[encoded.toUpperCase()] ?? encoded;
}

/** Length of the rest of the encoded text after this number of characters of its decoded form. */
function restLength(text: string, consumed: number): number {
  let at = 0;
  for (let count = 0; count < consumed; count++) {
    at += decoded[text.slice(at, at + 3).toUpperCase()] === undefined ? 1 : 3;
  }
  return text.length - at;
}

function scan(text: string): { parts: string[]; rest: string; consumed: number } | undefined {
  const parts: string[] = [];
  let depth = 0;
  let begin = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '(') depth++;
    else if (character === ')') depth--;
    if (depth < 0) return undefined;
    if (depth > 0 || (character !== ':' && character !== '/')) continue;
    if (at > begin) parts.push(text.slice(begin, at));
    if (character === '/') return { parts, rest: text.slice(at + 1), consumed: at + 1 };
    begin = at + 1;
  }
  return undefined;
}

export function writeFilters(filters: readonly ImageFilter[]): string {
  return `filters:${filters.map(({ name, args }) => `${name}(${args})`).join(':')}`;
}

/** A filter with its arguments encoded, so that none of their characters is taken for structure. */
export function imageFilter(name: string, ...args: readonly (string | number)[]): ImageFilter {
  const encode = (argument: string | number) =>
    encodeURIComponent(argument).replaceAll('(', '%28').replaceAll(')', '%29').replaceAll('%2F', '/');
  return { name, args: args.map(encode).join(',') };
}

/** A filter's arguments, split at their commas and decoded; an empty pair of parentheses has none. */
export function filterArguments({ args }: ImageFilter): string[] | undefined {
  if (args === '') return [];
  try {
    return args.split(',').map((argument) => decodeURIComponent(argument).trim());
  } catch {
    return undefined;
  }
}
