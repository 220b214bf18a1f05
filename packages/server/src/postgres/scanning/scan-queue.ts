import { type RawBuilder, sql } from 'kysely';
import type { Tenant } from '../../identity/tenant.ts';
import type { ScanQueue, ScanTask } from '../../jobs/scanning.ts';
import type { Database } from '../database/database.ts';
import { tenantsIn } from '../database/tenants-in.ts';
import { fileValue, unscanned } from '../files/file-row.ts';
import { type FileAssignments, updatingFiles } from '../files/record-change.ts';
import { refusingFiles } from './refused-files.ts';

interface TaskRow {
  readonly tenant: Tenant;
  readonly object_key: string;
  readonly file_id: string | null;
}

const scanned = { event: 'file.scanned' } as const;

/** Scans in PostgreSQL; each method is one statement. */
export function createScanQueue(database: Database): ScanQueue {
  return {
    async find({ after, limit }) {
      const isFile = after?.kind !== 'contents';
      const id = after?.fileId ?? '00000000-0000-0000-0000-000000000000';
      const [fileTenant, contentsTenant] = isFile ? [after?.tenant ?? '', ''] : ['', after?.tenant ?? ''];
      const contentsKey = isFile ? '' : (after?.objectKey ?? '');
      // Files come first, then contents.
      const rows = await database.prepared(sql<TaskRow>`
        select * from (
          (
            select tenant, coalesce(object_key, key) as object_key, id as file_id from bkend.files
            where ${isFile} and scan = 'pending' and (tenant, id) > (${fileTenant}, ${id}::uuid)
            order by tenant, id limit ${limit}
          )
          union all
          (
            select tenant, object_key, null from bkend.content_scans
            where outcome is null and (tenant, object_key) > (${contentsTenant}, ${contentsKey})
            order by tenant, object_key limit ${limit}
          )
        ) as tasks
        order by file_id is null, tenant, file_id, object_key limit ${limit}`);
      return rows.map(readTask);
    },

    async count(limit) {
      const [row] = await database.prepared(sql<{ count: number }>`
        select count(*) as count from (
          (select from bkend.files where scan = 'pending' limit ${limit})
          union all (select from bkend.content_scans where outcome is null limit ${limit})
        ) as waiting`);
      return row?.count ?? 0;
    },

    async pass(task) {
      if (task.kind === 'contents') return answer(database, task, { outcome: 'passed' });
      await change(database, task, served(fileValue('scan', 'passed')));
    },

    async findTenants() {
      const rows = await database.rows(tenantsIn([{ table: 'files', where: sql`scan = 'pending'` }]));
      return rows.map(({ tenant }) => tenant);
    },

    async release(tenant, limit) {
      const which = sql`
        select * from bkend.files where tenant = ${tenant} and scan = 'pending' order by id limit ${limit} for update`;
      const rows = await database.rows(
        sql`with ${updatingFiles(which, served(fileValue('scan', null)), scanned)} select id from updated`,
      );
      return rows.length;
    },

    async refuse(task, { reason, at }) {
      if (task.kind === 'contents') return answer(database, task, { outcome: 'refused', reason });
      await database.rows(sql`with ${refusingFiles(waiting(task), { reason, at })} select from removed`);
    },

    async forgetContents({ askedBefore }) {
      await database.prepared(
        sql`delete from bkend.content_scans where asked_at < ${askedBefore}::timestamptz`,
      );
    },
  };
}

function readTask({ tenant, object_key: objectKey, file_id: fileId }: TaskRow): ScanTask {
  if (fileId === null) return { kind: 'contents', tenant, objectKey };
  return { kind: 'file', tenant, objectKey, fileId };
}

/** Selects and locks the file, while these are its bytes and they wait. */
function waiting({ tenant, fileId, objectKey }: ScanTask): RawBuilder<unknown> {
  return sql`
    select * from bkend.files
    where tenant = ${tenant} and id = ${fileId}::uuid and coalesce(object_key, key) = ${objectKey} and scan = 'pending'
    for update`;
}

/** The file has its own visibility in its row again, unless it is in the trash. */
function served(scan: RawBuilder<unknown>): FileAssignments {
  const isUnscanned = sql`before.visibility = ${sql.lit(unscanned)}`;
  return {
    scan,
    visibility: sql`case when ${isUnscanned} then coalesce(before.visibility_before_trash, 'private') else before.visibility end`,
    visibility_before_trash: sql`case when not ${isUnscanned} then before.visibility_before_trash end`,
  };
}

async function change(database: Database, task: ScanTask, set: FileAssignments): Promise<void> {
  await database.rows(sql`with ${updatingFiles(waiting(task), set, scanned)} select from updated`);
}

async function answer(
  database: Database,
  { tenant, objectKey }: ScanTask,
  { outcome, reason }: { readonly outcome: 'passed' | 'refused'; readonly reason?: string },
): Promise<void> {
  await database.prepared(sql`
    update bkend.content_scans set outcome = ${outcome}, reason = ${reason ?? null}::text
    where tenant = ${tenant} and object_key = ${objectKey} and outcome is null`);
}
