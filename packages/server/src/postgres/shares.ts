import { type RawBuilder, sql } from 'kysely';

/** Inserts what these rows of `files` add to the lists of those they are shared with; the user who owns one has it anyway. */
export function fileShares(files: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into bkend.shares (
      tenant, file_id, user_id, original_name, mime_type, size_bytes, created_at, updated_at
    )
    select distinct tenant, id, user_id, original_name, mime_type, size_bytes, created_at, updated_at
    from ${files}, unnest(shared_with) as user_id
    where visibility = 'shared' and not (owner_type = 'user' and user_id = owner_id)`;
}
