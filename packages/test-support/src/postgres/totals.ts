import { sql } from 'kysely';
import type { Tenant } from '../../../server/src/identity/tenant.ts';
import type { Database } from '../../../server/src/postgres/database/database.ts';
import { folderKey } from '../../../server/src/postgres/usage/counted.ts';

interface FileRow {
  readonly owner_id: string;
  readonly owner_type: string;
  readonly visibility: string;
  readonly folder: string;
  readonly category: string;
  readonly mime_type: string;
  readonly created_at: Date;
  readonly tags: readonly string[];
  readonly size_bytes: number;
}

type Totals = Record<string, number>;

interface AllTotals {
  readonly folders: Totals;
  readonly bytes: Totals;
  readonly facets: Totals;
}

/** The totals that these files must have, by the columns of the key. */
export async function totalsOfFiles(database: Database, tenant: Tenant): Promise<AllTotals> {
  const totals = { folders: {} as Totals, bytes: {} as Totals, facets: {} as Totals };
  const add = (to: Totals, key: readonly string[], count: number) => {
    to[key.join(' ')] = (to[key.join(' ')] ?? 0) + count;
  };
  for (const file of await database.rows(sql<FileRow>`select * from bkend.files where tenant = ${tenant}`)) {
    const facets = [
      ['category', file.category],
      ['mimeType', file.mime_type.split(';')[0] ?? ''],
      ['month', file.created_at.toISOString().slice(0, 7)],
      ...[...new Set(file.tags)].map((tag) => ['tag', tag]),
    ];
    for (const owner of [
      [file.owner_id, file.owner_type],
      ['', ''],
    ]) {
      add(totals.folders, [...owner, file.visibility, folderKey(file.folder)], 1);
      add(totals.bytes, [...owner, file.visibility, folderKey(file.folder)], file.size_bytes);
      for (const folder of [file.folder, '/'])
        for (const facet of facets) add(totals.facets, [...owner, folder, file.visibility, ...facet], 1);
    }
  }
  return totals;
}

/** The totals that are kept, without the deltas. */
export async function keptTotals(database: Database, tenant: Tenant): Promise<AllTotals> {
  type Row = { key: string; files: number; bytes: number };
  const ofFolders = await database.rows(sql<Row>`
    select concat_ws(' ', owner_id, owner_type, visibility, folder) as key, files, bytes
    from bkend.folder_totals where tenant = ${tenant}`);
  const ofFacets = await database.rows(sql<Row>`
    select concat_ws(' ', owner_id, owner_type, folder, visibility, facet, value) as key, files
    from bkend.facet_totals where tenant = ${tenant}`);
  const by = (rows: readonly Row[], field: 'files' | 'bytes') =>
    Object.fromEntries(rows.map((row) => [row.key, row[field]]));
  return { folders: by(ofFolders, 'files'), bytes: by(ofFolders, 'bytes'), facets: by(ofFacets, 'files') };
}
