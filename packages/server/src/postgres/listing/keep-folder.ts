import { sql } from 'kysely';
import type { FolderRepository } from '../../files/folders/folder-repository.ts';
import type { Database } from '../database/database.ts';
import { folderKey } from '../usage/counted.ts';

/** Keeps a folder for an owner, who sees it while it has no files, too. */
export function keepFolder(database: Database): FolderRepository['keep'] {
  return async ({ tenant }, { path, owner, at }) => {
    await database.prepared(sql`
      insert into bkend.kept_folders (tenant, owner_id, owner_type, folder, created_at)
      values (${tenant}, ${owner.ownerId}, ${owner.ownerType}, ${folderKey(path)}, ${at})
      on conflict do nothing`);
  };
}
