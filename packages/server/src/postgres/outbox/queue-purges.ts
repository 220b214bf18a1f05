import { type RawBuilder, sql } from 'kysely';

/**
 * Queues purges of objects. A key that is queued already keeps its row: it becomes due at the earlier of the two times,
 * and is purged again at the later.
 * @param objects selects `tenant`, `key` (the object key), `multipart_id`, `due_at` and `again_at`
 */
export function queuePurges(objects: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into bkend.purges as queued (tenant, key, multipart_id, due_at, again_at)
    ${objects}
    on conflict (tenant, key) do update set
      due_at = least(queued.due_at, excluded.due_at),
      again_at = greatest(queued.again_at, excluded.again_at),
      multipart_id = coalesce(queued.multipart_id, excluded.multipart_id)`;
}
