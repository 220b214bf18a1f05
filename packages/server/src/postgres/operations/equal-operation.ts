import { type RawBuilder, sql } from 'kysely';
import type { NewOperation } from '../../files/operations/operation-repository.ts';
import { selectingMembers } from './operation-files.ts';
import { type OperationRow, operationColumns } from './operation-row.ts';

/**
 * Two operations are equal when one caller asks for one task on the files of one owner. A client whose answer was lost asks again:
 * while the first operation runs it is the answer, unless the files have become others.
 */
type Equality = Pick<NewOperation, 'tenant' | 'task' | 'starter' | 'owner'>;

/** Makes starts of equal operations wait for each other until the transaction ends. */
export function lockingEqual({ tenant, task, starter, owner }: Equality): RawBuilder<unknown> {
  const name = JSON.stringify([tenant, task, starter, owner ?? null]);
  return sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`;
}

/** `select` of the running operation that is equal to a new one, and has all files in its list that the new one would change. */
export function selectingEqual(operation: NewOperation): RawBuilder<OperationRow> {
  const { tenant, task, starter, owner } = operation;
  const isSame = (column: string, value: string | undefined) =>
    sql`${sql.ref(column)} is not distinct from ${value ?? null}`;
  return sql<OperationRow>`
    select ${operationColumns} from bkend.operations
    where operations.state = 'running' and operations.tenant = ${tenant} and operations.kind = ${task.kind}
      and operations.starter_id = ${starter.ownerId} and operations.starter_type = ${starter.ownerType}
      and ${isSame('operations.owner_id', owner?.ownerId)} and ${isSame('operations.owner_type', owner?.ownerType)}
      and ${isSame('operations.folder', 'folder' in task ? task.folder : undefined)}
      and ${isSame('operations.destination', 'destination' in task ? task.destination : undefined)}
      and not exists (
        select from (${selectingMembers(operation)}) as found
        where not exists (
          select from bkend.operation_files
          where operation_files.operation_id = operations.id and operation_files.file_id = found.id))
    order by operations.created_at limit 1`;
}
