import type { Storage } from '@bkend/storage';
import { InterruptedError, ReportedError } from '../../command-errors.ts';
import type { Output } from '../../output.ts';
import { formatBytes } from '../format.ts';
import { openTransferClient } from '../open-client.ts';
import { isConfirmed } from '../prompt.ts';
import { folderOf } from '../remote-path.ts';
import { reportFailure, reportNote } from '../report-failure.ts';
import { followOperation } from './follow-operation.ts';
import { countFiles, folderNotFound, hasFolder, othersStay, surveyFolder } from './stored-folder.ts';

export interface RemoveFoldersOptions {
  readonly permanent: boolean;
  readonly yes: boolean;
}

/**
 * `rm --recursive`: puts folders with everything below them into the trash; with `permanent` deletes them for good, after showing
 * how much that is and asking.
 */
export async function removeFolders(
  folders: readonly string[],
  options: RemoveFoldersOptions,
  output: Output,
): Promise<void> {
  const storage = await openTransferClient();
  let failed = 0;
  for (const argument of folders) {
    try {
      await removeFolder(storage, argument, { ...options, output });
    } catch (error) {
      if (error instanceof InterruptedError) throw error;
      failed += 1;
      reportFailure(argument, error, output);
    }
  }
  if (failed > 0) throw new ReportedError();
}

async function removeFolder(
  storage: Storage,
  argument: string,
  { permanent, yes, output }: RemoveFoldersOptions & { readonly output: Output },
): Promise<void> {
  const folder = folderOf(argument);
  if (folder === '') throw new Error('The root cannot be deleted: give folders in it.');
  const { files, bytes, owners, others } = await surveyFolder(storage, folder);
  if (files === 0 && others > 0) throw new Error(`You may delete nothing in it: ${othersStay(others)}`);
  if (files === 0 && !(await hasFolder(storage, folder))) throw folderNotFound();
  const ofOwners = owners > 1 ? ` of ${owners} owners` : '';
  const content = (count: number) => `${countFiles(count)}${ofOwners}, ${formatBytes(bytes)}`;
  if (permanent && !yes && !(await isConfirmed(`Delete ${folder}/, ${content(files)}, for good?`))) return;
  const { done } = await followOperation(
    (options) => storage.deleteFolder(folder, { ...options, trash: !permanent }),
    { label: folder, output },
  );
  const verb = permanent ? 'deleted' : 'moved to the trash';
  output.show(
    { folder, files: done, bytes, ...(permanent ? { deleted: true } : { trashed: true }) },
    `${verb} ${folder}/  ${content(done)}`,
  );
  if (others > 0) reportNote(argument, othersStay(others), output);
}
