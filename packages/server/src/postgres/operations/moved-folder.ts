import { folderLimits } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { OperationTask } from '../../files/operations/operation-repository.ts';
import { folderKey, separator } from '../usage/counted.ts';

type Move = Extract<OperationTask, { kind: 'move-folder' }>;

/** The path that a folder gets by the move of this one. @param path an expression: that of the folder, or of one below it */
export function movedPath({ folder, destination }: Move, path: RawBuilder<unknown>): RawBuilder<string> {
  return sql`${destination}::text || substr(${path}, length(${folder}::text) + 1)`;
}

/** {@link movedPath} of a key of `kept_folders`. */
export function movedKey(move: Move, key: RawBuilder<unknown>): RawBuilder<string> {
  const { folder, destination } = move;
  return movedPath({ ...move, folder: folderKey(folder), destination: folderKey(destination) }, key);
}

/** Whether a moved path, or a moved key, is no longer than a folder's may be. */
export function isWithinLimits(moved: RawBuilder<string>): RawBuilder<boolean> {
  const { bytes, depth } = folderLimits;
  const names = sql`translate(${moved}, ${`/${separator}`}, '//')`;
  return sql`(
    octet_length(${moved}) <= ${sql.lit(bytes)}
    and length(${moved}) - length(replace(${names}, '/', '')) < ${sql.lit(depth)}
  )`;
}
