import { sql } from 'kysely';
import type { FolderRepository } from '../files/folders/folder-repository.ts';
import type { Database } from './database/database.ts';
import { listFolders } from './listing/list-folders.ts';
import { folderKey } from './usage/counted.ts';

/** Folders in PostgreSQL. */
export function createFolderRepository(database: Database): FolderRepository {
  return { list: listFolders(database), keep: keepFolder(database) };
}

/** Keeps a folder for an owner, who sees it while it has no files, too. */
function keepFolder(database: Database): FolderRepository['keep'] {
  return async ({ tenant }, { path, owner, at }) => {
    await database.prepared(sql`
      insert into bkend.kept_folders (tenant, owner_id, owner_type, folder, created_at)
      values (${tenant}, ${owner.ownerId}, ${owner.ownerType}, ${folderKey(path)}, ${at})
      on conflict do nothing`);
  };
}
