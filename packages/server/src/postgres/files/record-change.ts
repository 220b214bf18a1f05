import { type RawBuilder, sql } from 'kysely';
import { assignments, expressions, names } from '../database/columns.ts';
import {
  eventsOfCreated,
  eventsOfRemoved,
  eventsOfUpdated,
  recordingEvents,
} from '../events/recording-events.ts';
import { channels } from '../notifications.ts';
import {
  afterLatePut,
  afterOldDownloads,
  afterOldUploads,
  afterReplacement,
  atOnce,
  queuePurges,
} from '../outbox/queue-purges.ts';
import { countedColumns, countedOfFiles, countedOfVersions } from '../usage/counted.ts';
import type { ChangedFileValues } from './file-row.ts';
import { newFileValues } from './new-file.ts';

/**
 * Every statement that changes files. Each function renders common table expressions, for use behind `with`, that change
 * files and in the same statement everything that follows: usage, shares, events, the notification of other processes, and the
 * purge of bytes. Nothing else writes `files`, `shares` or `usage_deltas`; `docs/internals/record-change.md` has the rest.
 */

/** Columns that a change may set. */
export type FileAssignments = ChangedFileValues &
  Partial<Record<'lost_at' | 'contents_at' | 'contents_by' | 'is_avatar', RawBuilder<unknown>>>;

/**
 * Fills the sort and search names of files, as the expression `filled`, and the sort names of their shares with the folder. Nothing
 * that a client sees changes: no process is notified.
 * @param named has `tenant`, `id`, `original_name`, `sort_name` and `search_name`; a file that has another name by now is left out
 */
export function fillingSortNames(named: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    named as materialized (${named}),
    filled as (
      update bkend.files set sort_name = named.sort_name, search_name = named.search_name from named
      where files.tenant = named.tenant and files.id = named.id and files.original_name = named.original_name
      returning files.*
    ),
    filled_shares as (
      update bkend.shares set sort_name = filled.sort_name, folder = filled.folder from filled
      where shares.tenant = filled.tenant and shares.file_id = filled.id
    )`;
}

/**
 * Creates files, as the expression `created`. No process is notified: none caches a file that does not exist.
 * @param from names an expression before, with the columns of `newFileRow`, one row a file
 */
export function creatingFiles(from: 'registered' | 'imported'): RawBuilder<unknown> {
  return sql`
    created as (
      insert into bkend.files (${names(newFileValues)})
      select ${expressions(newFileValues)} from ${sql.raw(from)} returning *
    ),
    ${addingShares('created')},
    ${recordingEvents(eventsOfCreated)},
    ${countingUsage([{ rows: 'created', sign: 1 }])}`;
}

/**
 * Changes files, as the expressions `before` and `updated`.
 * @param which selects the files as they are, with `tags`, and locks them in the order of their ids
 * @param set an expression for each column that changes; `before` is the old row
 * @param options.event the type of the event, unless the change is one of the trash
 * @param options.keepsQuotas false: a correction of a size, which counts beyond a quota, too
 */
export function updatingFiles(
  which: RawBuilder<unknown>,
  set: FileAssignments,
  {
    event = 'file.updated',
    keepsQuotas = true,
  }: { readonly event?: 'file.updated' | 'file.scanned'; readonly keepsQuotas?: boolean } = {},
): RawBuilder<unknown> {
  return sql`
    ${changing(which, set)},
    ${recordingEvents(eventsOfUpdated(event))},
    ${countingUsage(fromBeforeToUpdated, { keepsQuotas })}`;
}

/**
 * Gives a file other contents, as the expressions `before` and `updated`: what it had becomes a version, of which the file
 * keeps the latest. The bytes of the others are purged in an hour, so that downloads under way end with them.
 * @param which selects the file as it is; the transaction holds its lock already, so that this statement sees every version
 * @param set an expression for each column that changes
 * @param versions.keep number of versions that the file keeps
 * @param versions.taken number of the version whose contents these are; it ceases to be a version
 */
export function replacingContents(
  which: RawBuilder<unknown>,
  set: FileAssignments,
  { keep, taken, at }: { readonly keep: number; readonly taken?: number; readonly at: Date },
): RawBuilder<unknown> {
  const versionsOfFile = sql`
    bkend.versions using before where versions.tenant = before.tenant and versions.file_id = before.id`;
  const isTaken = sql`versions.version = ${taken ?? null}::integer`;
  return sql`
    ${changing(which, set)},
    ${recordingEvents(eventsOfUpdated('file.content-replaced'))},
    taken as (delete from ${versionsOfFile} and ${isTaken} returning versions.*),
    kept as (
      insert into bkend.versions (
        tenant, file_id, version, version_id, object_key, mime_type, size_bytes, width, height, etag, created_at,
        created_by, scan, replaced_at
      )
      select tenant, id, version, coalesce(version_id, id), coalesce(object_key, key), mime_type, size_bytes, width, height,
        etag, coalesce(contents_at, created_at), coalesce(contents_by, owner_id), scan, ${at}::timestamptz
      from before where ${keep} > 0
      returning versions.*
    ),
    dropped as (
      delete from ${versionsOfFile} and versions.version in (
        select versions.version from bkend.versions, before
        where versions.tenant = before.tenant and versions.file_id = before.id and (${isTaken}) is not true
        order by versions.version desc offset ${Math.max(0, keep - 1)}
      )
      returning versions.*
    ),
    purged as (${queuePurges(sql`
      select tenant, object_key, null::text, ${at}::timestamptz + ${afterReplacement}, null::timestamptz from dropped
      union all
      select tenant, coalesce(object_key, key), null, ${at}::timestamptz + ${afterReplacement},
        case when object_key is null then created_at + ${afterOldUploads} end
      from before where ${keep} = 0`)}),
    ${countingUsage([
      ...fromBeforeToUpdated,
      { versions: 'taken', sign: -1 },
      { versions: 'kept', sign: 1 },
      { versions: 'dropped', sign: -1 },
    ])}`;
}

/** The rows and shares of an update, without its usage. */
function changing(which: RawBuilder<unknown>, set: FileAssignments): RawBuilder<unknown> {
  return sql`
    before as materialized (${which}),
    updated as (
      update bkend.files set ${assignments(set)} from before
      where files.tenant = before.tenant and files.id = before.id
      returning files.*, ${notified}
    ),
    ${addingShares('updated')}`;
}

const fromBeforeToUpdated: readonly Counted[] = [
  { rows: 'before', sign: -1 },
  { rows: 'updated', sign: 1 },
];

/**
 * Removes files with their versions, as the expression `removed`. Their bytes are purged at once; bytes at the key itself,
 * which an upload URL of the first version may still overwrite, once more when every such URL has expired.
 * @param which selects the files as they are, and locks them in the order of their ids, so that concurrent removals of
 * many files never wait for each other in a circle
 * @param options.bytes `lost`: the files have none to purge; their versions may
 * @param options.events selects the events of it
 */
export function removingFiles(
  which: RawBuilder<unknown>,
  {
    bytes,
    events = eventsOfRemoved,
  }: { readonly bytes: 'purged' | 'lost'; readonly events?: RawBuilder<unknown> },
): RawBuilder<unknown> {
  return sql`
    before as materialized (${which}),
    removed as (
      delete from bkend.files using before
      where files.tenant = before.tenant and files.id = before.id
      returning files.*, ${notified}
    ),
    versions_of_removed as materialized (
      select versions.* from removed, lateral bkend.take_versions(removed.tenant, removed.id) as versions
      where removed.version > 1
    ),
    purged as (${queuePurges(sql`
      select tenant, coalesce(object_key, key), null::text, ${atOnce},
        case when object_key is null then created_at + ${afterOldUploads} end
      from removed where ${bytes === 'purged'}
      union all select tenant, object_key, null, ${atOnce}, null from versions_of_removed`)}),
    ${bytes === 'purged' ? hasteningPurges : sql``}
    ${recordingEvents(events)},
    ${countingUsage([
      { rows: 'removed', sign: -1 },
      { versions: 'versions_of_removed', sign: -1 },
    ])}`;
}

/**
 * Removes versions of files that stay, as the expression `dropped`.
 * @param which selects the versions and locks them
 * @param options.purgeAt when their bytes are purged; absent when there are none
 */
export function removingVersions(
  which: RawBuilder<unknown>,
  { purgeAt }: { readonly purgeAt?: RawBuilder<unknown> },
): RawBuilder<unknown> {
  return sql`
    due as materialized (${which}),
    dropped as (
      delete from bkend.versions using due
      where versions.tenant = due.tenant and versions.file_id = due.file_id and versions.version = due.version
      returning versions.*
    ),
    ${
      purgeAt === undefined
        ? sql``
        : sql`purged as (${queuePurges(sql`
      select tenant, object_key, null::text, ${purgeAt}, null::timestamptz from dropped`)}),`
    }
    ${countingUsage([{ versions: 'dropped', sign: -1 }])}`;
}

/**
 * Changes versions, as the expressions `before` and `updated`.
 * @param which selects the versions as they are, and locks them in one order
 * @param set an expression for each column that changes; `before` is the old row
 */
export function updatingVersions(
  which: RawBuilder<unknown>,
  set: Readonly<Partial<Record<'lost_at' | 'etag' | 'size_bytes', RawBuilder<unknown>>>>,
): RawBuilder<unknown> {
  return sql`
    before as materialized (${which}),
    updated as (
      update bkend.versions set ${assignments(set)} from before
      where versions.tenant = before.tenant and versions.file_id = before.file_id and versions.version = before.version
      returning versions.*
    ),
    ${countingUsage(
      [
        { versions: 'before', sign: -1 },
        { versions: 'updated', sign: 1 },
      ],
      { keepsQuotas: false },
    )}`;
}

/** Notifies every process of the file's key when the statement is committed. In `returning`, so that it is always run. */
const notified = sql`pg_notify(${sql.lit(channels.files)}, files.key) is null as notified`;

/** Purges that wait for the end of downloads become due at once: those of replaced contents, and of the first version. */
const hasteningPurges = sql`
    hastened as (
      update bkend.purges set due_at = ${atOnce},
        again_at = case when purges.key = removed.key
          then greatest(again_at, due_at - ${afterOldDownloads} + ${afterLatePut}) else again_at end
      from removed
      where purges.tenant = removed.tenant and purges.key between removed.key and removed.key || '~~'
        and case when purges.key = removed.key then removed.object_key <> removed.key else removed.version > 1 end
    ),`;

/** A shared file is in the list of each user it names, but for its owner, whose list has it anyway. */
function addingShares(rows: 'created' | 'updated'): RawBuilder<unknown> {
  return sql`
    shared as (
      insert into bkend.shares as shares (
        tenant, file_id, user_id, original_name, sort_name, folder, mime_type, size_bytes, created_at, updated_at
      )
      select distinct tenant, id, user_id, original_name, sort_name, folder, mime_type, size_bytes, created_at, updated_at
      from ${sql.raw(rows)}, unnest(shared_with) as user_id
      where visibility = 'shared' and not (owner_type = 'user' and user_id = owner_id)
      on conflict (tenant, file_id, user_id) do update set
        original_name = excluded.original_name, sort_name = excluded.sort_name, folder = excluded.folder,
        mime_type = excluded.mime_type, size_bytes = excluded.size_bytes, updated_at = excluded.updated_at
    )`;
}

/** Rows of files or of versions that are counted, or are counted no more. */
type Counted = {
  readonly sign: 1 | -1;
} & (
  | { readonly rows: 'created' | 'before' | 'updated' | 'removed' }
  | { readonly versions: 'taken' | 'kept' | 'dropped' | 'before' | 'updated' | 'versions_of_removed' }
);

/**
 * One usage delta for each set of files that are counted alike, whose number or bytes change; versions are one set.
 * @param options.keepsQuotas false: a corrected size counts beyond a quota, too, for the rest of the transaction
 */
function countingUsage(
  counted: readonly Counted[],
  { keepsQuotas } = { keepsQuotas: true },
): RawBuilder<unknown> {
  const rows = counted.map(({ sign, ...of }) => {
    const change = sql`${sql.lit(sign)} as files, ${sql.lit(sign)} * size_bytes as bytes`;
    return 'rows' in of
      ? sql`select ${countedOfFiles}, ${change} from ${sql.raw(of.rows)}`
      : sql`select ${countedOfVersions}, ${change} from ${ownedVersions(of.versions)}`;
  });
  return sql`
    counted as (
      insert into bkend.usage_deltas (${countedColumns}, files, bytes)
      select ${countedColumns}, sum(files), sum(bytes)
      from (${sql.join(rows, sql` union all `)}) as change
        ${keepsQuotas ? sql`` : sql`cross join (select set_config('bkend.keeps_quotas', 'off', true)) as exempt`}
      group by ${countedColumns}
      having sum(files) <> 0 or sum(bytes) <> 0
    )`;
}

/** Versions, with the owner of their file. */
function ownedVersions(versions: string): RawBuilder<unknown> {
  return sql`(
    select versions.tenant, files.owner_id, files.owner_type, versions.size_bytes
    from ${sql.raw(versions)} as versions
    join bkend.files on files.tenant = versions.tenant and files.id = versions.file_id
  ) as owned`;
}
