import type { StorageError } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import { type FileColumn, fileColumnNames, trashed } from '../files/file-row.ts';
import { uploadColumnNames } from '../uploads/upload-row.ts';
import { currentSlot, idBefore, numberWritten, settingNumberWritten } from './event-ids.ts';

/**
 * Events, as expressions of the statement that does what they tell. The file is written as its row is, and rendered when it is read.
 */

/** Columns of an event that the selections below have, beside the id. */
const eventColumns = sql.raw('tenant, type, owner_id, owner_type, readers, file_id, file, data');

/** Columns of a file that its event keeps: the tenant has a column of its own, and the sort name is derived. */
const storedColumns = fileColumnNames.filter((name) => name !== 'tenant' && name !== 'sort_name');

/**
 * Writes events; any number of statements of one transaction may do so.
 * @param happened selects the columns of an event, in the order of their ids
 */
export function recordingEvents(happened: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    events_happened as materialized (
      select ${numberWritten} + row_number() over () as number, ${currentSlot} as slot, ${eventColumns}
      from (${happened}) as happened
    ),
    events_numbered as materialized (
      select (select ${idBefore}) + number as id, slot, ${eventColumns} from events_happened,
        (select ${settingNumberWritten(sql`select coalesce(max(number), ${numberWritten}) from events_happened`)}) as counted
    ),
    events_recorded as (
      insert into bkend.events (id, slot, created_at, ${eventColumns})
      select id, slot, now(), ${eventColumns} from events_numbered
    ),
    event_readers_recorded as (
      insert into bkend.event_readers (tenant, user_id, id, slot)
      select distinct tenant, user_id, id, slot from events_numbered, unnest(readers) as user_id
    )`;
}

/** Selects the events of files that are created. */
export const eventsOfCreated = sql`
  select tenant, 'file.created' as type, owner_id, owner_type, ${readersOf('created')} as readers, id as file_id,
    ${rowOf('created')} as file, null::json as data
  from created`;

/** Selects the events of files that are removed; `file` is the last row. */
export const eventsOfRemoved = sql`
  select tenant, 'file.deleted' as type, owner_id, owner_type, ${readersOf('removed')} as readers, id as file_id,
    ${rowOf('removed')} as file, null::json as data
  from removed`;

/** Selects the events of files that are removed because a scanner refused them. @param reason the scanner's words */
export function eventsOfRefused(reason: string): RawBuilder<unknown> {
  return sql`
    select tenant, 'file.refused' as type, owner_id, owner_type, null::text[] as readers, id as file_id,
      ${rowOf('removed')} as file, json_build_object('details', json_build_object('reason', ${reason}::text)) as data
    from removed
    union all ${eventsOfRemoved}`;
}

/** Columns by the field that clients know them as. */
const fields: Partial<Record<FileColumn, string>> = {
  original_name: 'originalName',
  folder: 'folder',
  mime_type: 'mimeType',
  size_bytes: 'size',
  width: 'width',
  height: 'height',
  visibility: 'visibility',
  bucket: 'bucket',
  category: 'category',
  metadata: 'metadata',
  owner_id: 'ownerId',
  owner_type: 'ownerType',
  shared_with: 'sharedWith',
  etag: 'etag',
  version: 'version',
  deleted_at: 'deletedAt',
  scan: 'scan',
};

/**
 * Selects the events of files that change from `before` to `updated`: one for the file, unless all that has changed is who may read
 * it; one for the users who may from now on; and one for those who may no longer, with the file as they have seen it.
 * A change of columns that clients do not see has none.
 * @param type of a change that neither puts the file into the trash nor restores it
 */
export function eventsOfUpdated(
  type: 'file.updated' | 'file.content-replaced' | 'file.scanned',
): RawBuilder<unknown> {
  const changed = Object.entries(fields).map(([column, field]) => {
    const value = (rows: string) => comparedValue(rows, column);
    return sql.raw(`case when ${value('updated')} is distinct from ${value('before')} then '${field}' end`);
  });
  const inTrash = (rows: string) => sql.raw(`${rows}.visibility = '${trashed}'`);
  const readersWhoAre = (how: 'in' | 'not in', rows: RawBuilder<unknown>, others: RawBuilder<unknown>) =>
    sql`array(select user_id from unnest(${rows}) as user_id where (user_id = any (coalesce(${others}, '{}'))) = ${sql.lit(how === 'in')})`;
  const [readers, formerReaders] = [sql`compared.readers`, sql`compared.former_readers`];
  return sql`
    select compared.tenant, event.type, compared.owner_id, compared.owner_type, event.readers, compared.file_id,
      event.file, event.data
    from (
      select updated.tenant, updated.owner_id, updated.owner_type, updated.id as file_id,
        case when ${inTrash('updated')} and not ${inTrash('before')} then 'file.trashed'
          when ${inTrash('before')} and not ${inTrash('updated')} then 'file.restored'
          else ${sql.lit(type)} end as type,
        array_remove(array[${sql.join(changed)}]::text[], null) as changed,
        updated.updated_at <> before.updated_at as is_touched,
        ${readersOf('updated')} as readers, ${readersOf('before')} as former_readers,
        ${rowOf('updated')} as file, ${rowOf('before')} as former_file
      from updated join before on before.tenant = updated.tenant and before.id = updated.id
    ) as compared,
    lateral (
      select ${readersWhoAre('not in', readers, formerReaders)} as gained,
        ${readersWhoAre('not in', formerReaders, readers)} as lost
    ) as access,
    lateral (
      select compared.type, case compared.type when 'file.trashed' then former_readers when 'file.restored' then readers
          else ${readersWhoAre('in', readers, formerReaders)} end as readers,
        compared.file, json_build_object('changed', changed) as data
      where (changed <> '{}' or is_touched) and not (changed = '{sharedWith}' and (gained <> '{}' or lost <> '{}'))
      union all
      select 'file.shared', gained, file, json_build_object('userIds', gained)
      where compared.type = ${sql.lit(type)} and gained <> '{}'
      union all
      select 'file.unshared', lost, file, json_build_object('userIds', lost, 'former', former_file)
      where compared.type = ${sql.lit(type)} and lost <> '{}'
    ) as event`;
}

/** The value of a column as clients know it, in a form that can be compared: `json` has no equality; the trash keeps the visibility. */
function comparedValue(rows: string, column: string): string {
  if (column === 'metadata') return `${rows}.metadata::text`;
  if (column === 'visibility') return `coalesce(${rows}.visibility_before_trash, ${rows}.visibility)`;
  return `${rows}.${column}`;
}

/**
 * Selects the events of uploads that have ended without a file.
 * @param rows the expression with their rows
 * @param error why they were refused
 */
export function eventsOfUploads(
  type: 'upload.expired' | 'upload.refused',
  rows: 'ended',
  error?: Pick<StorageError, 'code' | 'message'>,
): RawBuilder<unknown> {
  const because =
    error === undefined
      ? sql``
      : sql`, 'details', json_build_object('error', json_build_object('code', ${error.code}::text, 'message', ${error.message}::text))`;
  const upload = uploadColumnNames.map((name) => sql.raw(`'${name}', ${rows}.${name}`));
  return sql`
    select tenant, ${sql.lit(type)} as type, owner_id, owner_type, null::text[] as readers, null::uuid as file_id,
      null::json as file, json_build_object('upload', json_build_object(${sql.join(upload)})${because}) as data
    from ${sql.raw(rows)} where not aborted`;
}

/** Selects the events of the expression `given`; those of a file that is there have its row and its owner. */
export const eventsOfGiven = sql`
  select given.tenant, given.type, coalesce(files.owner_id, given.owner_id) as owner_id,
    coalesce(files.owner_type, given.owner_type) as owner_type, ${readersOf('files')} as readers, given.file_id,
    case when files.id is not null then ${rowOf('files')} end as file, given.data
  from given left join bkend.files on files.tenant = given.tenant and files.id = given.file_id
  order by given.number`;

/** The users besides its owner who may read a file of these rows because it is shared with them; null when it is not shared. */
function readersOf(rows: string): RawBuilder<unknown> {
  return sql.raw(`
    case when ${rows}.visibility = 'shared' then array(
      select distinct user_id from unnest(${rows}.shared_with) as user_id
      where not (${rows}.owner_type = 'user' and user_id = ${rows}.owner_id)
    ) end`);
}

/** The row of a file as JSON, by the names of its columns. */
function rowOf(rows: string): RawBuilder<unknown> {
  return sql.raw(
    `json_build_object(${storedColumns.map((name) => `'${name}', ${rows}.${name}`).join(', ')})`,
  );
}
