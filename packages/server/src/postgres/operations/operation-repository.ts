import { type RawBuilder, sql } from 'kysely';
import type {
  NewOperation,
  Operation,
  OperationRepository,
} from '../../files/operations/operation-repository.ts';
import type { Database } from '../database/database.ts';
import { behindSeparator, folderKey } from '../usage/counted.ts';
import { lockingEqual, selectingEqual } from './equal-operation.ts';
import { isWithinLimits, movedKey } from './moved-folder.ts';
import { changingChosen, countingUnchangeable, selectingMembers } from './operation-files.ts';
import { insertOperation, type OperationRow, operationColumns, readOperation } from './operation-row.ts';

/** Operations in PostgreSQL. */
export function createOperationRepository(database: Database): OperationRepository {
  const changed = async (operation: Operation, assignments: RawBuilder<unknown>) => {
    await database.rows(sql`
      update bkend.operations set ${assignments} where ${isRow(operation)} and state = 'running'`);
  };
  return {
    start: (operation) =>
      database.transaction(async (transaction) => {
        await lockingEqual(operation).execute(transaction);
        const [running] = (await selectingEqual(operation).execute(transaction)).rows;
        if (running !== undefined) {
          await sql`with ${changingKeptFolders(operation)} select`.execute(transaction);
          return readOperation(running);
        }
        const { rows } = await sql<OperationRow>`
          with members as (
            insert into bkend.operation_files (operation_id, file_id)
            select ${operation.id}::uuid, id from (${selectingMembers(operation)}) as found
            returning 1
          ),
          ${changingKeptFolders(operation)}
          ${insertOperation(operation, sql`select count(*) from members`)}`.execute(transaction);
        if (rows[0] === undefined) throw new Error('The statement returns the operation.');
        return readOperation(rows[0]);
      }),

    async find(tenant, id) {
      const [row] = await database.prepared(
        sql<OperationRow>`select ${operationColumns} from bkend.operations where ${isRow({ tenant, id })}`,
      );
      return row && readOperation(row);
    },

    async changeNext(operation, { at, limit }) {
      const { changing, changed } = changingChosen(operation, at);
      const [row] = await database.rows(sql<{ count: number }>`
        with current as materialized (
          select id, total, tried from bkend.operations where ${isRow(operation)} and state = 'running' for update
        ),
        chosen as (
          delete from bkend.operation_files as member using current
          where member.operation_id = current.id and member.file_id = any (array(
            select file_id from bkend.operation_files where operation_id = ${operation.id}
            order by operation_id, file_id limit ${sql.lit(limit)}))
          returning member.file_id as id
        ),
        ${changing},
        progressed as (
          update bkend.operations
          set tried = counted.tried, done = done + (select count(*) from ${changed}),
            failed = failed + (${countingUnchangeable(operation)}), attempts = 0, updated_at = ${at}::timestamptz,
            state = case when counted.tried >= counted.total then 'done' else 'running' end
          from (select total, tried + (select count(*) from chosen) as tried from current) as counted
          where ${isRow(operation)}
        )
        select count(*) from ${changed}`);
      return row?.count ?? 0;
    },

    async findDue({ now, limit }) {
      const rows = await database.prepared(sql<OperationRow>`
        select ${operationColumns} from bkend.operations
        where state = 'running' and due_at <= ${now}
        order by due_at limit ${limit}`);
      return rows.map(readOperation);
    },

    countFailure: (operation, { at, dueAt }) =>
      changed(
        operation,
        sql`attempts = attempts + 1, updated_at = ${at}, ${
          dueAt === undefined ? sql`state = 'failed'` : sql`due_at = ${dueAt}`
        }`,
      ),

    async removeEnded(before) {
      const rows = await database.prepared(sql`
        with ended as (
          delete from bkend.operations where state <> 'running' and updated_at < ${before} returning id
        ),
        left_over as (
          delete from bkend.operation_files where operation_id in (select id from ended)
        )
        select id from ended`);
      return rows.length;
    },
  };
}

function isRow({ tenant, id }: Pick<Operation, 'tenant' | 'id'>): RawBuilder<boolean> {
  return sql`tenant = ${tenant} and id = ${id}`;
}

/** Moves or removes kept folders: as expressions, the last of all that stand before the statement itself. */
function changingKeptFolders({ tenant, owner, task }: NewOperation): RawBuilder<unknown> {
  const andOfOwner = owner ? sql`and owner_id = ${owner.ownerId} and owner_type = ${owner.ownerType}` : sql``;
  const inFolder = (folder: string) =>
    sql`and folder >= ${folderKey(folder)} and folder < ${folderKey(folder) + behindSeparator}`;
  const removing = (and: RawBuilder<unknown>) => sql`
    no_longer_kept as (
      delete from bkend.kept_folders where tenant = ${tenant} ${andOfOwner} ${and} returning *
    )`;
  switch (task.kind) {
    case 'move-folder': {
      const moved = movedKey(task, sql`folder`);
      return sql`
        ${removing(sql`${inFolder(task.folder)} and ${isWithinLimits(moved)}`)},
        kept as (
          insert into bkend.kept_folders (tenant, owner_id, owner_type, folder, created_at)
          select tenant, owner_id, owner_type, ${moved}, created_at from no_longer_kept
          on conflict do nothing
        )`;
    }
    case 'trash-folder':
    case 'delete-folder':
      return removing(inFolder(task.folder));
    case 'delete-all':
      return removing(sql``);
  }
}
