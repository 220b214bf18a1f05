import type { FileMetadata } from '@bkend/storage-contract';
import { sql } from 'kysely';
import { foldCase } from '../../files/fold-case.ts';
import { sortNameOf } from '../../files/sort-name.ts';

/** The columns of `files` that are derived from others. */
export function derivedValues(file: { readonly originalName: string; readonly metadata: FileMetadata }) {
  return {
    sort_name: sql`${sortNameOf(file.originalName)}`,
    search_name: sql`${foldCase(file.originalName)}`,
    tags: sql`${file.metadata.tags ?? []}::text[]`,
  };
}
