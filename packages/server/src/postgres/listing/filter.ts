import { type RawBuilder, sql } from 'kysely';
import type { FileFilter, FolderFilter } from '../../files/listing/listing.ts';
import { foldCase } from '../../files/sort-name.ts';

/** Whether the filter has no conditions but those that `visibleSources` narrows by. */
export function isNarrowedBySources({
  trash,
  visibility,
  ownerId: _,
  isOwn: __,
  ...rest
}: FileFilter): boolean {
  return Object.keys(rest).length === 0 && !(trash === true && visibility !== undefined);
}

/** The condition that a row of `files` or `shares` lies in the folder: begins with `and`. */
export function isInFolder(
  { path, isRecursive }: FolderFilter,
  table: 'files' | 'shares',
): RawBuilder<unknown> {
  const folder = sql.ref(`${table}.folder`);
  if (!isRecursive) return sql`and ${folder} = ${path}`;
  // One range, which an index reads, has the folder, all below it, and folders whose names go on with what sorts before '/'.
  const { from, to } = rangeBelow(path);
  return sql`and ${folder} >= ${path} and ${folder} < ${to} and (${folder} = ${path} or ${folder} >= ${from})`;
}

/** The folders below a folder: from `from`, before `to`. */
export function rangeBelow(path: string): { readonly from: string; readonly to: string } {
  return { from: `${path}/`, to: `${path}0` };
}

/**
 * The conditions of a filter on a row of `files`, without visibility and owner, which choose the sources. In the trash,
 * which is one source, the visibility is a condition as well. Begins with `and` unless it is empty.
 * @param use whether rows at hand are checked, or an index is to find them
 */
export function filterConditions(filter: FileFilter, use: 'to check' | 'to look up'): RawBuilder<unknown> {
  const { trash, visibility, folder, ownerType, bucket, category, mimeType, search, tag } = filter;
  const { createdAfter, createdBefore, minSizeBytes, maxSizeBytes } = filter;
  const conditions: RawBuilder<unknown>[] = [];
  const add = (condition: RawBuilder<unknown>) => conditions.push(sql` and ${condition}`);

  if (trash === true && visibility !== undefined) add(sql`files.visibility_before_trash = ${visibility}`);
  if (folder !== undefined) conditions.push(sql` ${isInFolder(folder, 'files')}`);
  if (ownerType !== undefined) add(sql`files.owner_type = ${ownerType}`);
  if (bucket !== undefined) add(sql`files.bucket = ${bucket}`);
  if (category !== undefined) add(sql`files.category = ${category}`);
  if (mimeType !== undefined) add(isOfType(mimeType));
  if (search !== undefined) add(nameHolds(search, use));
  if (tag !== undefined) add(sql`files.tags @> array[${tag}]::text[]`);
  if (createdAfter !== undefined) add(sql`files.created_at >= ${createdAfter}`);
  if (createdBefore !== undefined) add(sql`files.created_at < ${createdBefore}`);
  if (minSizeBytes !== undefined) add(sql`files.size_bytes >= ${minSizeBytes}`);
  if (maxSizeBytes !== undefined) add(sql`files.size_bytes <= ${maxSizeBytes}`);
  return conditions.length === 0 ? sql`` : sql.join(conditions, sql``);
}

/**
 * A term of one or two characters has no trigram, and in Korean most searches are that short: they have an index of their
 * own. To check a row, LIKE is far faster.
 */
function nameHolds(text: string, use: 'to check' | 'to look up'): RawBuilder<unknown> {
  const term = foldCase(text);
  return use === 'to look up' && [...term].length <= 2
    ? sql`bkend.short_terms(files.search_name) @> array[${term}]::text[]`
    : sql`files.search_name like ${containing(term)}`;
}

/** A LIKE pattern for texts that contain this term, whatever characters are in it. */
function containing(term: string): string {
  return `%${term.replace(/[\\%_]/g, '\\$&')}%`;
}

/** `image/*` matches the kind; a whole type matches with any parameters or none (`text/plain; charset=utf-8`). */
function isOfType(mimeType: string): RawBuilder<unknown> {
  if (mimeType.endsWith('/*')) return startsWith(mimeType.slice(0, -1));
  return sql`(files.mime_type = ${mimeType} or ${startsWith(`${mimeType};`)})`;
}

/** A range, which an index can read: the column sorts by bytes, and the prefix ends in an ASCII character. */
function startsWith(prefix: string): RawBuilder<unknown> {
  const last = prefix.length - 1;
  const end = prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
  return sql`(files.mime_type >= ${prefix} and files.mime_type < ${end})`;
}
