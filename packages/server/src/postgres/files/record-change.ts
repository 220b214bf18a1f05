import { type RawBuilder, sql } from 'kysely';
import { fileChannel } from './file-notices.ts';
import { afterLatePut, afterOldDownloads, afterOldUploads, atOnce } from './purge-times.ts';
import { queuePurges } from './queue-purges.ts';

/**
 * The one place where files change. Each of these renders common table expressions, to stand behind `with`, that change
 * files and, in the same statement, everything that follows from it: the usage, the shares, the notice to other
 * processes, and the purge of bytes. Nothing else writes `files`, `shares` or `usage_deltas`.
 */

/** The columns of a new file; what an upload and its registration do not say has its default. */
const newColumns =
  sql.raw(`id, tenant, key, object_key, original_name, search_name, mime_type, size_bytes, width, height,
  visibility, bucket, category, metadata, tags, owner_id, owner_type, shared_with, etag, created_at, updated_at`);

/**
 * New files, as the expression `created`. No process is told: none remembers a file that is not there.
 * @param rows selects the columns of a file, in the order of `newColumns`
 */
export function creatingFiles(rows: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    created as (
      insert into bkend.files (${newColumns}) ${rows} returning *
    ),
    ${addingShares('created')},
    ${countingUsage([{ rows: 'created', sign: 1 }])}`;
}

/**
 * Changed files, as the expressions `before` and `updated`.
 * @param which selects the files as they are, and locks them in the order of their ids
 * @param set what follows `set`; `before` is what the old row goes by
 */
export function updatingFiles(which: RawBuilder<unknown>, set: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    before as materialized (${which}),
    updated as (
      update bkend.files set ${set} from before
      where files.tenant = before.tenant and files.id = before.id
      returning files.*, ${noticed}
    ),
    unshared as (
      delete from bkend.shares using updated
      where shares.tenant = updated.tenant and shares.file_id = updated.id
        and not (updated.visibility = 'shared' and shares.user_id = any (updated.shared_with))
    ),
    ${addingShares('updated')},
    ${countingUsage([
      { rows: 'before', sign: -1 },
      { rows: 'updated', sign: 1 },
    ])}`;
}

/**
 * Removed files, as the expression `removed`. Their bytes are purged at once; bytes that lay at the key itself, which an upload
 * URL of the version before may still reach, once more when no such URL can be good.
 * @param which selects the files as they are, and locks them in the order of their ids, so that removals of many files
 * never wait for each other in a circle
 */
export function removingFiles(
  which: RawBuilder<unknown>,
  { bytes }: { readonly bytes: 'purged' | 'lost' },
): RawBuilder<unknown> {
  return sql`
    before as materialized (${which}),
    removed as (
      delete from bkend.files using before
      where files.tenant = before.tenant and files.id = before.id
      returning files.*, ${noticed}
    ),
    ${bytes === 'purged' ? purgingBytes : sql``}
    ${countingUsage([{ rows: 'removed', sign: -1 }])}`;
}

/** Tells every process, with the file's key, when the statement is committed. In `returning`, so that it is always evaluated. */
const noticed = sql`pg_notify(${sql.lit(fileChannel)}, files.key) is null as noticed`;

const purgingBytes = sql`
    purged as (${queuePurges(sql`
      select tenant, coalesce(object_key, key), null::text, ${atOnce},
        case when object_key is null then created_at + ${afterOldUploads} end
      from removed`)}),
    hastened as (
      update bkend.purges set due_at = ${atOnce},
        again_at = greatest(again_at, due_at - ${afterOldDownloads} + ${afterLatePut})
      from removed
      where purges.tenant = removed.tenant and purges.key = removed.key and removed.object_key <> removed.key
    ),`;

/** A shared file stands in the lists of those it names; the user who owns it has it there anyway. */
function addingShares(rows: 'created' | 'updated'): RawBuilder<unknown> {
  return sql`
    shared as (
      insert into bkend.shares as shares (
        tenant, file_id, user_id, original_name, mime_type, size_bytes, created_at, updated_at
      )
      select distinct tenant, id, user_id, original_name, mime_type, size_bytes, created_at, updated_at
      from ${sql.raw(rows)}, unnest(shared_with) as user_id
      where visibility = 'shared' and not (owner_type = 'user' and user_id = owner_id)
      on conflict (tenant, file_id, user_id) do update set
        original_name = excluded.original_name, mime_type = excluded.mime_type, size_bytes = excluded.size_bytes,
        updated_at = excluded.updated_at
    )`;
}

interface Counted {
  readonly rows: 'created' | 'before' | 'updated' | 'removed';
  readonly sign: 1 | -1;
}

/** A row of the usage for each owner, visibility and category in which something changed. */
function countingUsage(counted: readonly Counted[]): RawBuilder<unknown> {
  const rows = counted.map(
    ({ rows, sign }) => sql`
      select tenant, owner_id, owner_type, visibility, category, ${sql.lit(sign)} as files,
        ${sql.lit(sign)} * size_bytes as bytes
      from ${sql.raw(rows)}`,
  );
  return sql`
    counted as (
      insert into bkend.usage_deltas (tenant, owner_id, owner_type, visibility, category, files, bytes)
      select tenant, owner_id, owner_type, visibility, category, sum(files), sum(bytes)
      from (${sql.join(rows, sql` union all `)}) as change
      group by tenant, owner_id, owner_type, visibility, category
      having sum(files) <> 0 or sum(bytes) <> 0
    )`;
}
