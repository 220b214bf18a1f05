import type { Stats } from 'node:fs';
import { readdir, rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { requireStoredFolder } from '../folders/stored-folder.ts';
import { removeDeadPartials } from '../get/dead-partials.ts';
import { downloadFiles } from '../get/download-files.ts';
import { createDownloadJournal } from '../get/download-journal.ts';
import { requireFolderOrNothing } from '../get/make-folder.ts';
import { safeName } from '../get/safe-name.ts';
import { hashFiles } from '../local-files/hash-files.ts';
import { foldersAbove } from '../remote-path.ts';
import type { LocalEntry } from './compare.ts';
import { isFolder, type LocalFileEntry, readLocalTree } from './local-tree.ts';
import { mayDelete } from './may-delete.ts';
import { contentTimeMs, type DownloadAction, hashesForDownload, planDownload } from './plan-download.ts';
import { type RemoteFileEntry, readRemoteTree } from './remote-tree.ts';
import { readSyncFilter } from './sync-filter.ts';
import type { SyncRun } from './sync-options.ts';

type Action = DownloadAction<LocalFileEntry, RemoteFileEntry>;

/** Downloads what is new or has changed in a folder of the service, and with `delete` deletes what it has no more. */
export async function syncDown(run: SyncRun): Promise<void> {
  const { storage, options, report, directory, folder, signal } = run;
  const { anyOwner = false, checksum = false, followLinks = false } = options;
  await requireFolderOrNothing(directory);
  const filter = await readSyncFilter(directory, options);
  const [tree, remote] = await Promise.all([
    (await isFolder(directory)) ? readLocalTree(directory, filter, followLinks) : { files: [] },
    readRemoteTree(storage, { folder, anyOwner, signal }),
  ]);
  // A folder goes with its last file: `--max-delete` says that it may be gone.
  if (remote.length === 0 && options.maxDelete === undefined) await requireStoredFolder(storage, folder);
  const rules = {
    isChecksum: checksum,
    isDeleting: options.delete ?? false,
    isForced: options.force ?? false,
    isWanted: filter.isWanted,
    toLocalPath: (path: string) =>
      path
        .split('/')
        .map((name) => safeName(name))
        .join('/'),
  };
  const needed = hashesForDownload({ local: tree.files, remote }, rules);
  const local = await hashFiles(tree.files, needed, (file, error) => report.failure(file.diskPath, error));
  const { actions, deletions, leftOut, duplicates, renamed } = planDownload({ local, remote }, rules);
  report.defaults(filter);
  report.duplicates(duplicates, run.direction);
  for (const { remote: stored, path } of renamed) {
    report.note(stored.path, `It is not a valid name here; the file is saved as ${path}.`);
  }
  for (const { path, reason, isConflict } of leftOut) {
    if (isConflict) report.failure(path, new Error(reason));
    else report.leftOut(path, reason);
  }
  if (options.dryRun) for (const { kind, path } of actions) report.change(kind, path);
  else await downloadAll(run, actions);
  signal.throwIfAborted();
  if (mayDelete(run, { count: deletions.length, kind: 'local', isSourceEmpty: remote.length === 0 })) {
    await deleteLast(run, deletions);
  }
}

async function downloadAll(run: SyncRun, actions: readonly Action[]): Promise<void> {
  const { options, report, directory } = run;
  const items = actions.map((action) => ({
    kind: action.kind,
    file: action.remote.file,
    path: action.path,
    modifiedMs: contentTimeMs(action.remote),
    ifTaken: 'refuse' as const,
    ...(action.kind === 'overwrite' && { mayReplace: (info: Stats) => isUnchanged(info, action.local) }),
  }));
  await downloadFiles(items, {
    ...run,
    concurrency: options.concurrency,
    followLinks: options.followLinks ?? false,
    onSaved: ({ kind, path, file }) => report.change(kind, path, { id: file.id }),
    onFailure: ({ path }, error) => report.failure(path, error),
  });
  await removeDeadPartials(await foldersIn(directory), {
    journal: createDownloadJournal(),
    isOfFolder: true,
  });
}

/** The folder and those below it, not through links. */
async function foldersIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const below = entries.filter((entry) => entry.isDirectory());
  return [directory, ...below.map(({ parentPath, name }) => join(parentPath, name))];
}

function isUnchanged(info: Stats, local: LocalEntry): boolean {
  return info.size === local.sizeBytes && Math.round(info.mtimeMs) === local.modifiedMs;
}

async function deleteLast(run: SyncRun, deletions: readonly LocalFileEntry[]): Promise<void> {
  const { options, report, directory } = run;
  for (const local of deletions) {
    try {
      if (!isUnchanged(await stat(local.diskPath), local))
        throw new Error('It has changed meanwhile, and stays.');
      if (!options.dryRun) await unlink(local.diskPath);
      report.change('delete', local.path);
    } catch (error) {
      report.failure(local.diskPath, error);
    }
  }
  if (options.dryRun) return;
  const folders = new Set(deletions.flatMap(({ path }) => foldersAbove(path)));
  const deepestFirst = [...folders].sort((one, other) => other.split('/').length - one.split('/').length);
  // A folder that is not empty stays.
  for (const folder of deepestFirst) await rmdir(join(directory, folder)).catch(() => {});
}
