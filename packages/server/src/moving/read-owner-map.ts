import { readFile } from 'node:fs/promises';
import { isUserId } from '../identity/caller.ts';
import { unreadable } from './sources/local-bytes.ts';

/**
 * Reads new ids of owners by those of the source: a JSON object `{"old": "new"}`, or CSV, a line `old,new` each.
 * @throws an error with a sentence for the operator
 */
export async function readOwnerMap(path: string): Promise<ReadonlyMap<string, string>> {
  const read = readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const text = (await read).replace(/^\ufeff/, '');
  const owners = new Map(text.trimStart().startsWith('{') ? readJson(path, text) : readCsv(path, text));
  for (const [from, to] of owners) {
    if (!isUserId(to)) throw new Error(`${path}: ${JSON.stringify(from)} gets no id of 1 to 255 characters.`);
  }
  return owners;
}

function readJson(path: string, text: string): [string, string][] {
  const map: unknown = parseJson(path, text);
  return Object.entries(map ?? {}).map(([from, to]) => {
    if (typeof to === 'string') return [from, to];
    throw new Error(`${path}: the new id of ${JSON.stringify(from)} is not text.`);
  });
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path} is not JSON: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** Fields as in RFC 4180: with a comma or a quote in them, they stand in quotes, and their quotes are doubled. */
function readCsv(path: string, text: string): [string, string][] {
  const field = '(?:"((?:[^"]|"")*)"|([^",]*))';
  const pattern = new RegExp(`^\\s*${field}\\s*,\\s*${field}\\s*$`);
  return text.split(/\r?\n/).flatMap((line, index): [string, string][] => {
    if (line.trim() === '') return [];
    const found = pattern.exec(line);
    if (found === null) throw new Error(`${path}:${index + 1} is not a line such as old-id,new-id.`);
    const [, quotedFrom, from = '', quotedTo, to = ''] = found;
    const unquote = (quoted: string | undefined, plain: string) =>
      quoted?.replaceAll('""', '"') ?? plain.trim();
    return [[unquote(quotedFrom, from), unquote(quotedTo, to)]];
  });
}
