import type { FileMetadata } from '@bkend/storage-contract';
import { sql } from 'kysely';
import { sortNameOf } from '../../files/sort-name.ts';
import { searchName } from './search-name.ts';

/** The columns of `files` that are derived from others. */
export function derivedValues(file: { readonly originalName: string; readonly metadata: FileMetadata }) {
  return {
    sort_name: sql`${sortNameOf(file.originalName)}`,
    search_name: sql`${searchName(file.originalName)}`,
    tags: sql`${file.metadata.tags ?? []}::text[]`,
  };
}
