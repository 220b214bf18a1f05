import { type RawBuilder, sql } from 'kysely';
import type { AskedFiles, FoundFiles, Refusal } from '../../files/ports.ts';
import type { Caller } from '../../identity/caller.ts';
import { isManageableMatch } from '../listing/source-rows.ts';
import { trashed } from './file-row.ts';

/** The files that a caller asks to be changed: parts of the statement that changes them. */
interface SelectedFiles {
  readonly ids: readonly string[];
  /**
   * The expression `asked`: those that the caller may change, locked in the order of their ids, in the trash or not. Files that were
   * found by a filter match it under the lock: PostgreSQL checks the condition again on a row that it had to wait for.
   */
  readonly locking: RawBuilder<unknown>;
  /** `from … where …`: the rows of `files` that are not in `asked`. */
  readonly others: RawBuilder<unknown>;
  /** Why a row of the others is not in `asked`. Two concurrent callers may remove a file, which one of them then does not find. */
  readonly refusal: RawBuilder<Refusal>;
  /** How the statement is sent: its texts are few, but for those with a filter. */
  readonly send: 'prepared' | 'rows';
}

export function askedFiles(caller: Caller, asked: AskedFiles): SelectedFiles {
  const { ids, matching, etags } = read(asked);
  const isAsked = sql`files.tenant = ${caller.tenant} and files.id = any (${ids}::uuid[])`;
  const isAllowed = isManageable('files', inSql(caller));
  const isOther = etags && sql`files.etag <> all (${etags}::text[])`;
  const andMatches = matching === undefined ? sql`` : sql`and ${isManageableMatch(caller, matching)}`;
  const andIsNotOther = isOther === undefined ? sql`` : sql`and not ${isOther}`;
  return {
    ids,
    send: matching === undefined ? 'prepared' : 'rows',
    locking: sql`
      asked as materialized (
        select * from bkend.files where ${isAsked} and ${isAllowed} ${andMatches} ${andIsNotOther} order by id for update
      )`,
    others: sql`from bkend.files where ${isAsked} and not exists (select from asked where asked.id = files.id)`,
    refusal: sql`case ${isOther ? sql`when ${isAllowed} and ${isOther} then 'version-conflict'` : sql``}
      when ${isAllowed} or ${isTrashed('files')} then 'not-found' else 'access-denied' end`,
  };
}

function read(asked: AskedFiles): FoundFiles & { readonly etags?: readonly string[] } {
  if ('ids' in asked) return asked;
  return 'id' in asked ? { ids: [asked.id], etags: asked.etags } : { ids: asked };
}

/** The outcomes of a statement by id; an id that it has no row for is not found. */
export function outcomesById<Outcome>(
  ids: readonly string[],
  found: readonly (readonly [id: string, outcome: Outcome])[],
): Map<string, Outcome | 'not-found'> {
  return new Map<string, Outcome | 'not-found'>([...ids.map((id) => [id, 'not-found'] as const), ...found]);
}

/** Whether a row of files is in the trash. */
export function isTrashed(rows: 'files' | 'asked'): RawBuilder<boolean> {
  return sql`${sql.ref(`${rows}.visibility`)} = ${sql.lit(trashed)}`;
}

/** A caller in SQL: values of one, or columns of rows that have one each. */
interface CallerInSql {
  readonly isAdmin: RawBuilder<boolean>;
  /** Null but for a user. */
  readonly userId: RawBuilder<string | null>;
}

function inSql(caller: Caller): CallerInSql {
  return { isAdmin: sql.lit(caller.kind === 'admin'), userId: sql`${userIdOf(caller)}::text` };
}

/** The id of the user whose own files the caller may change. */
export function userIdOf(caller: Caller): string | null {
  return caller.kind === 'user' ? caller.userId : null;
}

/** Whether a caller may change and remove a row of files or uploads: `canManage` of `files/access.ts`, in SQL. */
export function isManageable(
  rows: 'files' | 'uploads',
  { isAdmin, userId }: CallerInSql,
): RawBuilder<boolean> {
  const [owner, type] = [sql.ref(`${rows}.owner_id`), sql.ref(`${rows}.owner_type`)];
  return sql`(${isAdmin} or coalesce(${owner} = ${userId} and ${type} = 'user', false))`;
}
