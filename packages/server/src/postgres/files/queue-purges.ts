import { type RawBuilder, sql } from 'kysely';

/**
 * Queues the purge of objects: the rows of `objects`, which selects `tenant`, `key` (of the object), `multipart_id`, `due_at`
 * and `again_at`. A key that is queued already keeps its row: it is due when the earlier of the two is, and
 * again when the later is.
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
