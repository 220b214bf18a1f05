import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImportSource } from '../uploads/import/import-entry.ts';
import { readManifest } from './sources/manifest.ts';
import type { ForeignBucket } from './sources/object-bytes.ts';
import { isPublishedExport, readPublishedExport } from './sources/published-export.ts';
import { readObjects } from './sources/s3-objects.ts';
import { readSupabase } from './sources/supabase.ts';
import { listSupabaseObjects } from './sources/supabase-database.ts';
import type { UrlLimits } from './sources/url-bytes.ts';

/** The name of a manifest in a folder, as an export writes it. */
export const manifestName = 'manifest.jsonl';

/** Limits and backends of sources. */
export interface SourceDeps {
  readonly urls: UrlLimits;
  openBucket(name: string): Promise<ForeignBucket>;
  /** URL of Supabase's database. */
  readonly databaseUrl?: string | undefined;
}

/**
 * Opens what an operator names as the source of an import: a manifest, a folder that has one, or one with saved lists of files; a
 * bucket as `s3://BUCKET/PREFIX`; or Supabase Storage as `supabase`.
 * @throws an error with a sentence for the operator
 */
export async function openSource(source: string, deps: SourceDeps): Promise<ImportSource> {
  if (source.startsWith('s3://')) return openObjectsSource(source, deps);
  if (source === 'supabase') return openSupabase(deps);
  const info = await findInfo(source);
  if (info === undefined) throw new Error(`There is no ${source}.`);
  if (info.isFile()) return readManifest(source, deps.urls);
  if (!info.isDirectory()) throw new Error(`${source} is neither a file nor a folder.`);
  const manifest = join(source, manifestName);
  if ((await findInfo(manifest))?.isFile()) return readManifest(manifest, deps.urls);
  if (await isPublishedExport(source)) return readPublishedExport(source);
  throw new Error(`${source} has neither a ${manifestName} nor a list.json.`);
}

async function openObjectsSource(source: string, { openBucket }: SourceDeps): Promise<ImportSource> {
  const [, name, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(source) ?? [];
  if (name === undefined) throw new Error(`${source} names no bucket: write s3://BUCKET/PREFIX.`);
  return readObjects(await openBucket(name), prefix);
}

function openSupabase({ databaseUrl, openBucket }: SourceDeps): ImportSource {
  if (databaseUrl === undefined) throw new Error('Set SUPABASE_DB_URL to the URL of its database.');
  return readSupabase({ listObjects: () => listSupabaseObjects(databaseUrl), openBucket });
}

const findInfo = (path: string) => stat(path).catch(() => undefined);
