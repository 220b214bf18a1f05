import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isFileName } from '../../files/file-name.ts';
import type { ImportEntry, ImportSource, SourceBytes } from '../../uploads/import/import-entry.ts';
import { readRecord } from '../read-record.ts';
import { localBytes } from './local-bytes.ts';

/** Names of saved pages of the list of files: `list.json`, `list-2.json`, `files_page3.json`, `page4.json`. */
const pageName = /^(?:list|files|page)(?:[-_. ]?(?:page)?[-_. ]?\d+)?\.json$/i;

/** The folder that the published script saves files in. */
const filesFolder = 'bkend_files';

interface Item {
  /** The page, and the number of the item in it from 1. */
  readonly at: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Whether the folder has a page of the list of files. */
export async function isPublishedExport(directory: string): Promise<boolean> {
  return (await pagesOf(directory)).length > 0;
}

/**
 * The files of a folder that was filled as the published export guide says: answers of `GET /v1/files`, and the bytes beside
 * them or in `bkend_files`, as NAME or ID_NAME. Files of one name overwrote each other there: the one that is left is of the
 * file that has its size. Memory grows with the number of names.
 */
export async function* readPublishedExport(directory: string): ImportSource {
  const pages = await pagesOf(directory);
  const namesakes = new Map<string, unknown[]>();
  const seen = new Set<unknown>();
  for await (const { fields } of itemsOf(pages)) {
    const { originalName, size, id } = fields;
    if (typeof originalName !== 'string' || seen.has(id)) continue;
    seen.add(id);
    namesakes.set(originalName, [...(namesakes.get(originalName) ?? []), size]);
  }
  for await (const item of itemsOf(pages)) yield await entryOf(item);

  async function entryOf({ at, fields }: Item): Promise<ImportEntry> {
    try {
      const { key, s3Key = key } = fields;
      const record = readRecord({ ...fields, s3Key }, { ignoresOthers: true });
      return { at, record, bytes: await findBytes(record) };
    } catch (fault) {
      return { at, fault };
    }
  }

  async function findBytes({ id, originalName, size }: ReturnType<typeof readRecord>): Promise<SourceBytes> {
    if (!isFileName(originalName))
      throw new Error(`${JSON.stringify(originalName)} is no name of a saved file.`);
    const folders = [join(directory, filesFolder), directory];
    for (const folder of folders) {
      const own = join(folder, `${id}_${originalName}`);
      if (id !== undefined && (await isThere(own))) return named(own);
    }
    const sizes = namesakes.get(originalName) ?? [];
    for (const folder of folders) {
      const path = join(folder, originalName);
      if (!(await isThere(path))) continue;
      if (sizes.length === 1) return named(path);
      const { size: saved } = await stat(path);
      const isOnly = sizes.filter((each) => each === saved).length === 1;
      if (isOnly && size === saved) return named(path);
      const which = isOnly ? 'that of another' : 'and more than one has its size';
      throw new Error(
        `${sizes.length} files have the name ${JSON.stringify(originalName)}, and the script kept one of them, ${which}.`,
      );
    }
    throw new Error(`There is no ${JSON.stringify(originalName)} in ${directory} nor in its ${filesFolder}.`);
  }

  /** The name is the same wherever the folder lies. */
  function named(path: string): SourceBytes {
    return { ...localBytes(path), name: basename(path) };
  }
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

async function pagesOf(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => pageName.test(name));
  return names.sort().map((name) => join(directory, name));
}

async function* itemsOf(pages: readonly string[]): AsyncGenerator<Item> {
  for (const page of pages) {
    let number = 0;
    for (const answer of parseAnswers(page, await readFile(page, 'utf8'))) {
      for (const item of itemsIn(answer)) {
        number += 1;
        yield { at: `${basename(page)}:${number}`, fields: isObject(item) ? item : {} };
      }
    }
  }
}

/** An answer, or several of which each has its line: pages that were appended to one file. */
function parseAnswers(page: string, text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    try {
      return text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line));
    } catch (cause) {
      throw new Error(`${page} is not JSON: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  }
}

/** The items of an answer: with the published wrapper, bare, or a list alone. */
function itemsIn(answer: unknown): unknown[] {
  if (Array.isArray(answer)) return answer;
  if (!isObject(answer)) return [];
  const { data, items } = answer;
  if (Array.isArray(items)) return items;
  return data === undefined ? [] : itemsIn(data);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
