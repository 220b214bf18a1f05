import { basename, dirname, resolve } from 'node:path';
import { invalidParameters } from '@bkend/storage-contract';
import type { ImportEntry, ImportSource, SourceBytes } from '../../uploads/import/import-entry.ts';
import { readRecord } from '../read-record.ts';
import { localBytes } from './local-bytes.ts';
import { readLines } from './read-lines.ts';
import { type UrlLimits, urlBytes } from './url-bytes.ts';

/** The files that a manifest lists: JSON lines, whose paths begin at its folder. */
export async function* readManifest(path: string, limits: UrlLimits): ImportSource {
  const directory = dirname(path);
  const name = basename(path);
  for await (const { number, text } of readLines(path)) {
    const at = `${name}:${number}`;
    yield entryOf(at, () => {
      if (text === undefined) throw new Error('The line has more than 4 MiB.');
      return parse(text);
    });
  }

  function entryOf(at: string, read: () => Record<string, unknown>): ImportEntry {
    try {
      const { path: file, url, ...fields } = read();
      return { at, record: readRecord(fields, { ignoresOthers: false }), bytes: bytesOf(file, url) };
    } catch (fault) {
      return { at, fault };
    }
  }

  function bytesOf(file: unknown, url: unknown): SourceBytes {
    const isFile = typeof file === 'string' && file !== '' && !file.includes('\0');
    if (isFile && url === undefined) return { ...localBytes(resolve(directory, file)), name: file };
    if (typeof url === 'string' && file === undefined) return urlBytes(url, limits);
    throw invalidParameters([{ field: 'path', message: 'or url is given, one of both, as text' }]);
  }
}

function parse(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw invalidParameters([{ field: 'line', message: 'is a JSON object' }]);
}
