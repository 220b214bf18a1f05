import type { FolderRepository } from '../files/folders/folder-repository.ts';
import type { Database } from './database/database.ts';
import { keepFolder } from './listing/keep-folder.ts';
import { listFolders } from './listing/list-folders.ts';

/** Folders in PostgreSQL. */
export function createFolderRepository(database: Database): FolderRepository {
  return { list: listFolders(database), keep: keepFolder(database) };
}
