import { type RawBuilder, sql } from 'kysely';
import type { BytesRef, Maintenance } from '../../jobs/ports.ts';
import type { Database } from '../database/database.ts';
import { fileValue } from './file-row.ts';
import { removingFiles, removingVersions, updatingFiles, updatingVersions } from './record-change.ts';

/** Columns that files and versions have alike, which corrections set. */
type Corrections = Partial<Record<'lost_at' | 'etag' | 'size_bytes', RawBuilder<unknown>>>;

/** Corrections that the reconciler makes in the records of files and versions. */
export function correctFiles(
  database: Database,
): Pick<Maintenance, 'markLost' | 'markFound' | 'correct' | 'removeLost'> {
  async function count(
    tables: RawBuilder<unknown>,
    table: 'updated' | 'removed' | 'dropped',
  ): Promise<number> {
    const rows = await database.rows(sql`with ${tables} select from ${sql.raw(table)}`);
    return rows.length;
  }

  async function update(records: readonly BytesRef[], set: Corrections): Promise<number> {
    const { files, versions } = split(records);
    const updated =
      files.length > 0 &&
      (await count(updatingFiles(namedFiles(files), set, { keepsQuotas: false }), 'updated'));
    const corrected =
      versions.length > 0 && (await count(updatingVersions(namedVersions(versions), set), 'updated'));
    return Number(updated) + Number(corrected);
  }

  return {
    markLost: (records, at) =>
      update(records, { lost_at: sql`coalesce(before.lost_at, ${at}::timestamptz)` }),
    markFound: (records) => update(records, { lost_at: sql`null` }),
    correct: (record, { etag, sizeBytes }) =>
      update([record], { etag: fileValue('etag', etag), size_bytes: fileValue('size_bytes', sizeBytes) }),

    async removeLost(records) {
      const { files, versions } = split(records);
      const removed =
        files.length > 0 && (await count(removingFiles(namedFiles(files), { bytes: 'lost' }), 'removed'));
      const dropped =
        versions.length > 0 && (await count(removingVersions(namedVersions(versions), {}), 'dropped'));
      return Number(removed) + Number(dropped);
    },
  };
}

type VersionRef = Required<BytesRef>;

function split(records: readonly BytesRef[]): { files: BytesRef[]; versions: VersionRef[] } {
  const versions = records.flatMap(({ version, ...file }) =>
    version === undefined ? [] : [{ ...file, version }],
  );
  return { files: records.filter(({ version }) => version === undefined), versions };
}

/** Selects these files, while they have these bytes, and locks them in one order. */
function namedFiles(files: readonly BytesRef[]): RawBuilder<unknown> {
  return sql`
    select files.*
    from bkend.files
    join unnest(
      ${files.map(({ tenant }) => tenant)}::text[], ${files.map(({ id }) => id)}::uuid[],
      ${files.map(({ objectKey }) => objectKey)}::text[]
    ) as named (tenant, id, object_key)
      on files.tenant = named.tenant and files.id = named.id
        and coalesce(files.object_key, files.key) = named.object_key
    order by files.tenant, files.id for update of files`;
}

/** Selects these versions, while they have these bytes, and locks them in one order. */
function namedVersions(versions: readonly VersionRef[]): RawBuilder<unknown> {
  return sql`
    select versions.*
    from bkend.versions
    join unnest(
      ${versions.map(({ tenant }) => tenant)}::text[], ${versions.map(({ id }) => id)}::uuid[],
      ${versions.map(({ version }) => version)}::integer[], ${versions.map(({ objectKey }) => objectKey)}::text[]
    ) as named (tenant, id, version, object_key)
      on versions.tenant = named.tenant and versions.file_id = named.id and versions.version = named.version
        and versions.object_key = named.object_key
    order by versions.tenant, versions.file_id, versions.version for update of versions`;
}
