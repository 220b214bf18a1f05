import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceOwnFile } from '../directory/own-files.ts';

/** Version of the layout of blobs, tables and records. Raised when an older version would misread what a newer one writes. */
const currentFormat = 1;

/**
 * Makes sure that this version can read what is in the directory; marks a new one.
 *
 * @throws Error with a sentence for the operator
 */
export async function checkFormat(directory: string): Promise<void> {
  const path = join(directory, 'format');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return await replaceOwnFile(path, `${currentFormat}\n`);
  const format = Number(text);
  if (!Number.isSafeInteger(format) || format < 1) throw new Error(`${path} does not hold a format number.`);
  if (format > currentFormat) {
    throw new Error(
      `The store in ${directory} was written by a newer version (format ${format}; this version knows up to ${currentFormat}).`,
    );
  }
}
