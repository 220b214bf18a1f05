import { type RawBuilder, sql } from 'kysely';
import type { Owner } from '../../files/file.ts';
import type { NewOperation, Operation, OperationTask } from '../../files/operations/operation-repository.ts';
import type { Tenant } from '../../identity/tenant.ts';

/** A row of `operations` as it is read. */
export interface OperationRow {
  readonly tenant: Tenant;
  readonly id: string;
  readonly kind: OperationTask['kind'];
  readonly starter_id: string;
  readonly starter_type: Owner['ownerType'];
  readonly owner_id: string | null;
  readonly owner_type: Owner['ownerType'] | null;
  readonly folder: string | null;
  readonly destination: string | null;
  readonly state: Operation['state'];
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly attempts: number;
  readonly created_at: Date;
}

/** The columns of {@link OperationRow}; the statement calls the table `operations`. */
export const operationColumns: RawBuilder<unknown> = sql.raw(
  [
    ...[
      'tenant',
      'id',
      'kind',
      'starter_id',
      'starter_type',
      'owner_id',
      'owner_type',
      'folder',
      'destination',
    ],
    ...['state', 'total', 'done', 'failed', 'attempts', 'created_at'],
  ]
    .map((name) => `operations.${name}`)
    .join(', '),
);

export function readOperation(row: OperationRow): Operation {
  return {
    tenant: row.tenant,
    id: row.id,
    task: readTask(row),
    starter: { ownerId: row.starter_id, ownerType: row.starter_type },
    ...(row.owner_id !== null &&
      row.owner_type !== null && { owner: { ownerId: row.owner_id, ownerType: row.owner_type } }),
    state: row.state,
    total: row.total,
    done: row.done,
    failed: row.failed,
    attempts: row.attempts,
    createdAt: row.created_at,
  };
}

function readTask({ kind, folder, destination }: OperationRow): OperationTask {
  switch (kind) {
    case 'move-folder':
      return { kind, folder: folder ?? '', destination: destination ?? '' };
    case 'delete-folder':
    case 'trash-folder':
      return { kind, folder: folder ?? '' };
    case 'delete-all':
      return { kind };
  }
}

/** Inserts an operation that is due at once. @param total counts its files */
export function insertOperation(
  { tenant, id, task, starter, owner, createdAt }: NewOperation,
  total: RawBuilder<number>,
): RawBuilder<OperationRow> {
  return sql`
    insert into bkend.operations (
      tenant, id, kind, starter_id, starter_type, owner_id, owner_type, folder, destination, total, created_at, updated_at, due_at
    ) values (
      ${tenant}, ${id}, ${task.kind}, ${starter.ownerId}, ${starter.ownerType}, ${owner?.ownerId ?? null},
      ${owner?.ownerType ?? null}, ${'folder' in task ? task.folder : null},
      ${'destination' in task ? task.destination : null}, (${total}), ${createdAt}, ${createdAt}, ${createdAt}
    )
    returning ${operationColumns}`;
}
