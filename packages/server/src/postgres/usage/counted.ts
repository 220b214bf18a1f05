import { type RawBuilder, sql } from 'kysely';

/** The owner of a tenant's totals; no owner has an empty id. */
export const wholeTenant = '';

/** The folder of facet totals over all folders together; no path is '/'. */
export const allFolders = '/';

/** The columns of a usage delta that files are counted by, in the order of {@link countedOfFiles}. */
export const countedColumns = sql.raw(
  'tenant, owner_id, owner_type, visibility, category, folder, mime_type, month, tags',
);

/** The same over rows of `files`. The type is without parameters, the month that of the creation. */
export const countedOfFiles = sql.raw(`
  tenant, owner_id, owner_type, visibility, category, folder, split_part(mime_type, ';', 1) as mime_type,
  to_char(created_at at time zone 'UTC', 'YYYY-MM') collate "C" as month, tags`);

/**
 * The visibility under which versions count: for the owner of their file, and in no category, folder or facet, so that a
 * change of the file leaves their usage as it is. No row of `files` has it.
 */
export const version = 'version';

/** The columns of a usage delta of versions, over rows with the owner of their file. */
export const countedOfVersions = sql.raw(`
  tenant, owner_id, owner_type, '${version}' as visibility, '' as category, '' as folder, '' as mime_type, '' as month,
  '{}'::text[] as tags`);

/** Whether a delta counts files, and says all of them that totals of folders and facets are kept of. */
export const countsFiles: RawBuilder<boolean> = sql.raw(
  `(mime_type is not null and visibility <> '${version}')`,
);

/** Facets that totals are kept of: the values of one file, over a delta. */
const valuesOf = {
  category: 'select category',
  mimeType: 'select mime_type',
  month: 'select month',
  tag: `select distinct unnest(tags) collate "C"`,
} as const;
export type CountedFacet = keyof typeof valuesOf;
// The keys are those of the table.
export const countedFacets = Object.keys(valuesOf) as CountedFacet[];

/** `lateral (…) as counted (facet, value)`: the values of a delta, or of a file as `countedOfFiles` has it. */
export function facetsOf(facets: readonly CountedFacet[] = countedFacets): RawBuilder<unknown> {
  const rows = facets.map(
    (facet) => `select '${facet}' collate "C", value from (${valuesOf[facet]}) as ${facet} (value)`,
  );
  return sql`lateral (${sql.raw(rows.join(' union all '))}) as counted (facet, value)`;
}

/** Between the names of a path in `folder_totals` and `kept_folders`: it sorts before all that names hold. */
export const separator = '\u0001';
/** Sorts right behind the separator: the end of the range that a folder and all below it are in. */
export const behindSeparator = '\u0002';

/** A path as `folder_totals` keeps it. */
export function folderKey(path: string): string {
  return path.replaceAll('/', separator);
}

/** {@link folderKey} of an SQL expression. */
export function folderKeyOf(path: RawBuilder<unknown>): RawBuilder<string> {
  return sql`replace(${path}, '/', e'\\x01')`;
}

/** The path of a {@link folderKey}. */
export function pathOfKey(key: string): string {
  return key.replaceAll(separator, '/');
}

/** {@link pathOfKey} of an SQL expression. */
export function pathOfKeyOf(key: RawBuilder<unknown>): RawBuilder<string> {
  return sql`replace(${key}, e'\\x01', '/')`;
}

/** Whose totals a delta counts in: its owner's, and its tenant's. */
export const whose = sql`lateral (values (owner_id, owner_type), (${sql.lit(wholeTenant)}, '')) as whose (owner, type)`;

/** `insert` that adds deltas to the totals of folders, in one order. @param deltas a table expression with `files` and `bytes` */
export function addingToFolders(deltas: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into bkend.folder_totals as total (tenant, owner_id, owner_type, visibility, folder, files, bytes)
    select tenant, owner, type, visibility, ${folderKeyOf(sql`folder`)} as key, sum(files), sum(bytes)
    from ${deltas} as delta, ${whose}
    group by tenant, owner, type, visibility, key
    having sum(files) <> 0 or sum(bytes) <> 0
    order by tenant, owner, type, visibility, key
    on conflict (tenant, owner_id, owner_type, visibility, folder)
    do update set files = total.files + excluded.files, bytes = total.bytes + excluded.bytes`;
}

/** `insert` that adds deltas to the totals of facets, in one order. @param deltas a table expression with `files` */
export function addingToFacets(
  deltas: RawBuilder<unknown>,
  facets?: readonly CountedFacet[],
): RawBuilder<unknown> {
  return sql`
    insert into bkend.facet_totals as total (tenant, owner_id, owner_type, folder, visibility, facet, value, files)
    select tenant, owner, type, inside, visibility, facet, value, sum(files)
    from ${deltas} as delta, ${whose}, lateral (values (folder), (${sql.lit(allFolders)})) as counting (inside), ${facetsOf(facets)}
    group by tenant, owner, type, inside, visibility, facet, value
    having sum(files) <> 0
    order by tenant, owner, type, inside, visibility, facet, value
    on conflict (tenant, owner_id, owner_type, folder, visibility, facet, value)
    do update set files = total.files + excluded.files`;
}
