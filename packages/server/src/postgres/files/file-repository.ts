import { sql } from 'kysely';
import { tenantOfFileKey } from '../../files/file-key.ts';
import type { FileRepository } from '../../files/ports.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { countFiles } from '../count-files.ts';
import type { Database } from '../database.ts';
import { listFiles } from '../list-files.ts';
import { changeFile } from './change-file.ts';
import { type FileRow, fileColumns, readFile } from './file-row.ts';
import { registerFile } from './register-file.ts';
import { removeFiles } from './remove-files.ts';

/** Files in PostgreSQL. */
export function createFileRepository(database: Database): FileRepository {
  async function findByKey(tenant: Tenant, key: string) {
    const [row] = await database.prepared(sql<FileRow>`
      select ${fileColumns} from bkend.files where tenant = ${tenant} and key = ${key}`);
    return row && readFile(row);
  }

  return {
    findByKey,

    async find(tenant, id) {
      const [row] = await database.prepared(sql<FileRow>`
        select ${fileColumns} from bkend.files where tenant = ${tenant} and id = ${id}`);
      return row && readFile(row);
    },

    async findPublicByKey(key) {
      const tenant = tenantOfFileKey(key);
      const file = tenant && (await findByKey(tenant, key));
      return file?.visibility === 'public' ? file : undefined;
    },

    list: (caller, request) => listFiles(database, caller, request),
    count: (caller, filter) => countFiles(database, caller, filter),
    register: (registration) => registerFile(database, registration),
    change: (where, decide) => changeFile(database, where, decide),
    remove: (caller, ids) => removeFiles(database, caller, ids),
  };
}
