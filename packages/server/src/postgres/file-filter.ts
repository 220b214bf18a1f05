import { type RawBuilder, sql } from 'kysely';
import type { FileFilter } from '../files/ports.ts';
import { containing, searchName } from './files/search-name.ts';

/** Whether the filter asks for nothing but what `visibleSources` narrows by. */
export function isNarrowedBySources({ visibility: _, ownerId: __, ...rest }: FileFilter): boolean {
  return Object.keys(rest).length === 0;
}

/**
 * What a filter asks of a row of `files`, visibility and owner aside: those choose the sources. Begins with `and` unless
 * it is empty.
 * @param use whether rows at hand are checked, or an index is to find them
 */
export function filterConditions(filter: FileFilter, use: 'to check' | 'to look up'): RawBuilder<unknown> {
  const { ownerType, bucket, category, mimeType, search, tag } = filter;
  const { createdAfter, createdBefore, minSizeBytes, maxSizeBytes } = filter;
  const conditions: RawBuilder<unknown>[] = [];
  const add = (condition: RawBuilder<unknown>) => conditions.push(sql` and ${condition}`);

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
 * Of one or two characters there is no trigram, and in Korean they are most of what people search for: so they can be
 * looked up by themselves. To check a row, though, LIKE is far quicker.
 */
function nameHolds(text: string, use: 'to check' | 'to look up'): RawBuilder<unknown> {
  const term = searchName(text);
  return use === 'to look up' && [...term].length <= 2
    ? sql`bkend.short_terms(files.search_name) @> array[${term}]::text[]`
    : sql`files.search_name like ${containing(term)}`;
}

/** `image/*` by the kind; a whole type with any parameters or none (`text/plain; charset=utf-8`). */
function isOfType(mimeType: string): RawBuilder<unknown> {
  if (mimeType.endsWith('/*')) return startsWith(mimeType.slice(0, -1));
  return sql`(files.mime_type = ${mimeType} or ${startsWith(`${mimeType};`)})`;
}

/** As a range, which an index can read: the column sorts by bytes, and the prefix ends in an ASCII character. */
function startsWith(prefix: string): RawBuilder<unknown> {
  const last = prefix.length - 1;
  const end = prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
  return sql`(files.mime_type >= ${prefix} and files.mime_type < ${end})`;
}
