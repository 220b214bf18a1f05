import { basename } from 'node:path';
import { type BatchItem, StorageError, type UploadedFile, type UploadOutcome } from '@bkend/storage';
import { forEachConcurrently } from '../../../for-each-concurrently.ts';
import { isOutOfDescriptors } from '../local-files/descriptor-limit.ts';
import { hashFiles } from '../local-files/hash-files.ts';
import { openTransferClient } from '../open-client.ts';
import { createProgressBar } from '../progress-bar.ts';
import { foldersAbove, joinFolder } from '../remote-path.ts';
import { asLeftOut } from '../report-failure.ts';
import { type LocalFileEntry, readLocalTree } from './local-tree.ts';
import { mayDelete } from './may-delete.ts';
import { type Deletion, hashesForUpload, planUpload, type UploadAction } from './plan-upload.ts';
import { type RemoteFileEntry, readRemoteTree, readUnfiled, unfiledTag } from './remote-tree.ts';
import { whyNotStorable } from './sync-arguments.ts';
import { readSyncFilter } from './sync-filter.ts';
import { customMark, markPatch } from './sync-mark.ts';
import type { SyncRun } from './sync-options.ts';

type Action = UploadAction<LocalFileEntry, RemoteFileEntry>;

/** Uploads what is new or has changed below a local folder, and with `delete` deletes what it has no more. */
export async function syncUp(run: SyncRun): Promise<void> {
  const { storage, options, report, directory, folder, signal } = run;
  const { anyOwner = false, checksum = false, followLinks = false } = options;
  const filter = await readSyncFilter(directory, options);
  const [tree, stored, unfiled] = await Promise.all([
    readLocalTree(directory, filter, followLinks),
    readRemoteTree(storage, { folder, anyOwner, signal }),
    readUnfiled(storage, directory, signal),
  ]);
  const remote = stored.filter(({ file }) => file.permissions.canUpdate);
  for (const { path, reason, isUnsuitable } of tree.skipped) {
    if (isUnsuitable) report.leftOut(path, reason);
    else report.failure(path, new Error(reason));
  }
  const storable = tree.files.filter((file) => {
    const reason = whyNotStorable(joinFolder(folder, file.path), basename(file.path));
    if (reason !== undefined) report.leftOut(file.diskPath, reason);
    return reason === undefined;
  });
  const leftOut = new Set(tree.skipped.map(({ name }) => name));
  const rules = {
    isChecksum: checksum,
    isDeleting: options.delete ?? false,
    isAdopting: options.adopt ?? false,
    isWanted: filter.isWanted,
    isLeftOut: (path: string) => leftOut.has(path) || foldersAbove(path).some((each) => leftOut.has(each)),
  };
  const needed = hashesForUpload({ local: storable, remote, unfiled }, rules);
  const local = await hashFiles(storable, needed, (file, error) => report.failure(file.diskPath, error));
  const { actions, deletions, duplicates, unadopted } = planUpload({ local, remote, unfiled }, rules);
  report.defaults(filter);
  report.duplicates(duplicates, run.direction);
  if (unadopted.length > 0) {
    const files = unadopted.length === 1 ? 'A file' : `${unadopted.length} files`;
    const note = `${files} of an earlier version's sync, tagged ${unfiledTag(directory)}, are not the same as the files here, and stay where they are: --adopt takes them over.`;
    report.note(directory, note);
  }
  if (options.dryRun) {
    for (const action of actions) {
      if (action.kind !== 'record') report.change(action.kind, pathOf(action));
    }
  } else await carryOut(run, actions);
  signal.throwIfAborted();
  const isSourceEmpty = tree.files.length === 0;
  if (mayDelete(run, { count: deletions.length, kind: 'stored', isSourceEmpty })) {
    await deleteLast(run, deletions);
  }
}

const pathOf = (action: Action) => (action.kind === 'adopt' ? action.remote.path : action.local.path);

/** Adopts first: a file may be adopted, and then get new contents. */
async function carryOut(run: SyncRun, actions: readonly Action[]): Promise<void> {
  const { storage, options, report, folder, signal } = run;
  const attempt = async (path: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (signal.aborted) throw error;
      report.failure(path, error);
    }
  };
  const each = <Kind extends Action['kind']>(
    kind: Kind,
    work: (action: Action & { kind: Kind }) => Promise<void>,
  ) =>
    forEachConcurrently(
      actions.filter((action): action is Action & { kind: Kind } => action.kind === kind),
      options.concurrency,
      (action) => attempt(pathOf(action), () => work(action)),
    );

  await each('adopt', async ({ remote: { id, path, file } }) => {
    const tags = (file.metadata.tags ?? []).filter((tag) => tag !== unfiledTag(run.directory));
    const metadata = { tags, custom: { syncPath: null } };
    await storage.update(id, { folder: joinFolder(folder, path), metadata }, { signal });
    report.change('adopt', path, { id });
  });
  const replaced = await uploadAll(run, actions.filter(hasContents));
  await each('record', async ({ local, remote: { id, file } }) => {
    const metadata = markPatch(local.modifiedMs, file, local.hashes?.sha256);
    await storage.update(id, { metadata }, { signal });
  });
  // Until here the new contents are compared by their ETag.
  await forEachConcurrently(replaced, options.concurrency, ({ local, file }) =>
    attempt(local.path, async () => {
      await storage.update(file.id, { metadata: markPatch(local.modifiedMs, file, file.sha256) }, { signal });
    }),
  );
}

type ContentsAction = Action & { readonly kind: 'upload' | 'replace' };

const hasContents = (action: Action): action is ContentsAction =>
  action.kind === 'upload' || action.kind === 'replace';

interface Replaced {
  readonly local: LocalFileEntry;
  readonly file: UploadedFile;
}

/**
 * Uploads new files and new contents. Files that fail because too many are open are retried when the others are done, with fewer
 * transfers at once.
 * @returns the files that have new contents
 */
async function uploadAll(run: SyncRun, actions: readonly ContentsAction[]): Promise<Replaced[]> {
  const replaced: Replaced[] = [];
  let { storage } = run;
  let { concurrency } = run.options;
  for (let waiting = actions; waiting.length > 0; ) {
    const pass = await uploadPass({ ...run, storage }, waiting, concurrency > 1);
    replaced.push(...pass.replaced);
    waiting = pass.retries;
    concurrency = Math.ceil(concurrency / 4);
    if (waiting.length > 0) storage = await openTransferClient({ concurrency });
  }
  return replaced;
}

/** @param canRetry whether files that fail because too many are open are returned, not reported */
async function uploadPass(run: SyncRun, actions: readonly ContentsAction[], canRetry: boolean) {
  const { storage, options, report, output, folder, signal } = run;
  const replaced: Replaced[] = [];
  const retries: ContentsAction[] = [];
  const { visibility, category } = options;
  const bar = createProgressBar(output);
  const total = actions.reduce((sum, { local }) => sum + local.sizeBytes, 0);
  const items = actions.map((action): BatchItem => {
    const { path, diskPath, modifiedMs } = action.local;
    const source = { source: { path: diskPath }, filename: basename(path) };
    if (action.kind === 'replace') {
      const { id, etag } = action.remote;
      return { ...source, fileId: id, ifMatch: etag };
    }
    const metadata = { custom: customMark(modifiedMs) };
    return { ...source, folder: joinFolder(folder, path), metadata };
  });
  const reportUnsent = (path: string, error: StorageError) => {
    const reason = asLeftOut(error);
    // A file that is too small for this environment stays so; a stored file of its path stays, too.
    if (reason === error) report.failure(path, error);
    else report.leftOut(path, reason);
  };
  const end = (action: ContentsAction, { file, error }: UploadOutcome) => {
    const { kind, local } = action;
    if (canRetry && isOutOfDescriptors(error)) return void retries.push(action);
    if (error) return signal.aborted ? undefined : reportUnsent(local.path, error);
    report.change(kind, local.path, { id: file.id });
    if (kind === 'replace') replaced.push({ local, file });
  };
  try {
    await storage.uploadAll(items, {
      sha256: 'record',
      signal,
      ...(visibility && { visibility }),
      ...(category && { category }),
      onProgress: (now) => bar.update({ ...now, total }, `${now.filesDone}/${now.files} files`),
      onFile: (outcome, index) => bar.aside(() => actions[index] && end(actions[index], outcome)),
    });
  } finally {
    bar.stop();
  }
  return { replaced, retries };
}

async function deleteLast(run: SyncRun, deletions: readonly Deletion<RemoteFileEntry>[]): Promise<void> {
  const { storage, options, report, signal } = run;
  const ids = deletions.map(({ remote }) => remote.id);
  const { permanent = false, dryRun } = options;
  const { failed } = dryRun ? { failed: [] } : await storage.deleteAll(ids, { trash: !permanent, signal });
  const codes = new Map(failed.map(({ id, code }) => [id, code]));
  for (const { remote } of deletions) {
    const code = codes.get(remote.id);
    if (code === undefined) report.change('delete', remote.path, { id: remote.id });
    else report.failure(remote.path, new StorageError(code, 'It was not deleted.'));
  }
}
