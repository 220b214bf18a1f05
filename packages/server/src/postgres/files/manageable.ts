import { type RawBuilder, sql } from 'kysely';
import type { Caller } from '../../identity/caller.ts';

/** Whether the caller may change and remove a row of this table: `canManage` of `files/access.ts`, in SQL. */
export function isManageable(caller: Caller, table: 'files' | 'uploads'): RawBuilder<boolean> {
  switch (caller.kind) {
    case 'admin':
      return sql`true`;
    case 'user':
      return sql`(${sql.ref(`${table}.owner_id`)} = ${caller.userId} and ${sql.ref(`${table}.owner_type`)} = 'user')`;
    case 'guest':
      return sql`false`;
  }
}
