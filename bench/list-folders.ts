import type { FileFilter, FileOrder } from '../packages/server/dist/files/listing/listing.js';
import type { FileRepository } from '../packages/server/dist/files/ports.js';
import type { Caller } from '../packages/server/dist/identity/caller.js';

/** A measured list of folders: its name, and the request. */
export interface FolderList {
  readonly name: string;
  readonly ask: (files: FileRepository, caller: Caller) => Promise<unknown>;
}

const byCreation: FileOrder = { by: 'createdAt', direction: 'desc' };
const byName: FileOrder = { by: 'originalName', direction: 'asc' };
/** Twenty files. */
const one: FileFilter = { folder: { path: 'dir-3/sub-7', isRecursive: false } };
/** A hundred folders, of two thousand files. */
const hundred: FileFilter = { folder: { path: 'dir-3', isRecursive: true } };

/** Lists of one folder, of a folder and all below it, their counts, and positions. */
export const folderLists: readonly FolderList[] = [
  ...[byCreation, byName].flatMap((order) => [
    {
      name: `page of a folder by ${order.by}`,
      ask: (files: FileRepository, caller: Caller) => files.list(caller, { filter: one, order, limit: 20 }),
    },
    {
      name: `page of a folder and all below it by ${order.by}`,
      ask: (files: FileRepository, caller: Caller) =>
        files.list(caller, { filter: hundred, order, limit: 20 }),
    },
    {
      name: `positions of 2,000 files by ${order.by}, at every 100th`,
      ask: (files: FileRepository, caller: Caller) =>
        files.positions(caller, { filter: {}, order, step: 100, limit: 20 }),
    },
  ]),
  { name: 'count of a folder', ask: (files, caller) => files.count(caller, one) },
  { name: 'count of a folder and all below it', ask: (files, caller) => files.count(caller, hundred) },
];
