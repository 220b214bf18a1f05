import { invalidParameters } from '@bkend/storage-contract';
import type { File } from './file.ts';
import { isFileId } from './file-id.ts';
import type { FileOrder, FilePosition } from './ports.ts';

/** The value that a file is sorted by. */
const sortValue: Record<FileOrder['by'], (file: File) => FilePosition['value']> = {
  createdAt: (file) => file.createdAt,
  updatedAt: (file) => file.updatedAt,
  originalName: (file) => file.originalName,
  size: (file) => file.sizeBytes,
  mimeType: (file) => file.mimeType,
};

/** How a sort value is written in JSON, and read again; undefined when it is not one. */
const readValue: Record<FileOrder['by'], (json: unknown) => FilePosition['value'] | undefined> = {
  createdAt: readDate,
  updatedAt: readDate,
  originalName: readText,
  size: (json) => (Number.isSafeInteger(json) ? Number(json) : undefined),
  mimeType: readText,
};

/** Where a page ends, as an opaque text. It says nothing that the page itself did not. */
export function writeCursor(order: FileOrder, last: File): string {
  const place = [order.by, order.direction, sortValue[order.by](last), last.id];
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/**
 * @throws `common/invalid-parameters` when it is not a cursor of ours, or of a list in another order
 */
export function readCursor(cursor: string, order: FileOrder): FilePosition {
  const place = parseJson(Buffer.from(cursor, 'base64url').toString());
  if (Array.isArray(place) && place.length === 4) {
    const [by, direction, json, id] = place;
    const value = by === order.by && direction === order.direction ? readValue[order.by](json) : undefined;
    if (value !== undefined && typeof id === 'string' && isFileId(id)) return { value, id };
  }
  throw invalidParameters([
    {
      field: 'cursor',
      message: 'must be pagination.nextCursor of a list with the same sortBy and sortDirection',
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

/** As `JSON.stringify` writes it, within four-digit years: PostgreSQL's calendar ends before JavaScript's does. */
function readDate(json: unknown): Date | undefined {
  if (typeof json !== 'string' || !/^\d{4}-/.test(json)) return undefined;
  const date = new Date(json);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function readText(json: unknown): string | undefined {
  return typeof json === 'string' && !json.includes('\0') && json.isWellFormed() ? json : undefined;
}
