import { type RawBuilder, sql } from 'kysely';

/**
 * Conditions on `files` that have a key given by an import: one that this server would not have made. Their bytes lie behind their
 * base key (`baseKeyOf` of `file-key.ts`). Migration 0012 has an index by each.
 */

/** Whether the file's key was given; spelt as the indexes have it. */
export const hasGivenKey: RawBuilder<boolean> = sql`split_part(files.object_key, '~', 1) <> files.key`;

/** Whether this is the base key of the file: its own, where none was given. */
export function hasBaseKey(key: string): RawBuilder<boolean> {
  return sql`(files.key = ${key}
    or (${hasGivenKey} and files.object_key >= ${`${key}~`} and files.object_key < ${`${key}~~`}))`;
}
