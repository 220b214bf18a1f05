import { invalidParameters } from '@bkend/storage-contract';
import { type File, isFileId } from '../file.ts';
import type { FileOrder, FilePosition } from './listing.ts';

/** The value that a file is sorted by. */
const sortValue: Record<FileOrder['by'], (file: File) => FilePosition['value']> = {
  createdAt: (file) => file.createdAt,
  updatedAt: (file) => file.updatedAt,
  originalName: (file) => file.sortName,
  size: (file) => file.sizeBytes,
  mimeType: (file) => file.mimeType,
};

/** Reads a sort value from JSON; undefined when it is not one. */
const readValue: Record<FileOrder['by'], (json: unknown) => FilePosition['value'] | undefined> = {
  createdAt: readDate,
  updatedAt: readDate,
  originalName: readText,
  size: (json) => (Number.isSafeInteger(json) ? Number(json) : undefined),
  mimeType: readText,
};

/** The position of a file in a list of this order. */
export function positionOf(file: File, { by }: FileOrder): FilePosition {
  return { value: sortValue[by](file), id: file.id };
}

/** A position as opaque text. It holds nothing that a page did not. */
export function writeCursor(order: FileOrder, { value, id }: FilePosition): string {
  return Buffer.from(JSON.stringify([order.by, order.direction, value, id])).toString('base64url');
}

/**
 * Reads a cursor.
 * @throws `common/invalid-parameters` when it is not a cursor of ours, or one of a list in another order
 */
export function readCursor(cursor: string, order: FileOrder): FilePosition {
  const position = parseJson(Buffer.from(cursor, 'base64url').toString());
  if (Array.isArray(position) && position.length === 4) {
    const [by, direction, json, id] = position;
    const value = by === order.by && direction === order.direction ? readValue[order.by](json) : undefined;
    if (value !== undefined && typeof id === 'string' && isFileId(id)) return { value, id };
  }
  throw invalidParameters([
    {
      field: 'cursor',
      message: 'must be the cursor of a list with the same sortBy and sortDirection',
    },
  ]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A date as `JSON.stringify` writes it. Four-digit years only: PostgreSQL's calendar ends before JavaScript's. */
function readDate(json: unknown): Date | undefined {
  if (typeof json !== 'string' || !/^\d{4}-/.test(json)) return undefined;
  const date = new Date(json);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function readText(json: unknown): string | undefined {
  return typeof json === 'string' && !json.includes('\0') && json.isWellFormed() ? json : undefined;
}
