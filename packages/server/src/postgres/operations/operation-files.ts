import { type RawBuilder, sql } from 'kysely';
import type { NewOperation, OperationTask } from '../../files/operations/operation-repository.ts';
import { fileValue, trashed } from '../files/file-row.ts';
import { removingFiles, updatingFiles } from '../files/record-change.ts';
import { intoTrash } from '../files/trash-files.ts';
import { isInFolder, rangeBelow } from '../listing/filter.ts';
import { isWithinLimits, movedPath } from './moved-folder.ts';

/** `select` of the ids of the files that an operation begins with, those included that it will have to leave. */
export function selectingMembers(operation: NewOperation): RawBuilder<unknown> {
  const { task } = operation;
  const select = sql`select files.id from bkend.files where ${concerns(operation)} ${andIsInState(task)}`;
  if (task.kind === 'delete-all') return select;
  const { from, to } = rangeBelow(task.folder);
  return sql`
    (${select} and files.folder = ${task.folder})
    union all
    (${select} and files.folder >= ${from} and files.folder < ${to})`;
}

/**
 * Changes those files of `chosen`, their ids, that are still where the operation found them.
 * @returns expressions behind `with`, and the name of the one with the changed rows
 */
export function changingChosen(
  operation: NewOperation,
  at: Date,
): { readonly changing: RawBuilder<unknown>; readonly changed: RawBuilder<unknown> } {
  const { task } = operation;
  const which = sql`
    select files.* from bkend.files
    where ${concerns(operation)} ${andIsInState(task)} ${andHasRoom(task)} ${andInFolder(task)}
      and files.id in (select id from chosen)
    order by files.id for update of files`;
  switch (task.kind) {
    case 'move-folder': {
      const folder = movedPath(task, sql`before.folder`);
      const changing = updatingFiles(which, { folder, updated_at: fileValue('updated_at', at) });
      return { changing, changed: sql`updated` };
    }
    case 'trash-folder':
      return { changing: updatingFiles(which, intoTrash(at)), changed: sql`updated` };
    case 'delete-folder':
    case 'delete-all':
      return { changing: removingFiles(which, { bytes: 'purged' }), changed: sql`removed` };
  }
}

/** `select` of the number of files of `chosen` that the operation leaves, because their folder would get too long a path. */
export function countingUnchangeable(operation: NewOperation): RawBuilder<number> {
  const { task } = operation;
  if (task.kind !== 'move-folder') return sql`select 0`;
  return sql`
    select count(*) from bkend.files
    where ${concerns(operation)} ${andIsInState(task)} ${andInFolder(task)} and files.id in (select id from chosen)
      and not ${isWithinLimits(movedPath(task, sql`files.folder`))}`;
}

function concerns({ tenant, owner }: NewOperation): RawBuilder<boolean> {
  const andOfOwner = owner
    ? sql`and files.owner_id = ${owner.ownerId} and files.owner_type = ${owner.ownerType}`
    : sql``;
  return sql`files.tenant = ${tenant} ${andOfOwner}`;
}

/** Folders are moved and deleted without the files in the trash; `delete-all` takes these as well. */
function andIsInState(task: OperationTask): RawBuilder<unknown> {
  return task.kind === 'delete-all' ? sql`` : sql`and files.visibility <> ${sql.lit(trashed)}`;
}

function andHasRoom(task: OperationTask): RawBuilder<unknown> {
  return task.kind === 'move-folder' ? sql`and ${isWithinLimits(movedPath(task, sql`files.folder`))}` : sql``;
}

function andInFolder(task: OperationTask): RawBuilder<unknown> {
  return task.kind === 'delete-all' ? sql`` : isInFolder({ path: task.folder, isRecursive: true }, 'files');
}
