import { type Storage, StorageError } from '@bkend/storage';
import { ReportedError, UsageError } from '../../command-errors.ts';
import type { Output } from '../../output.ts';
import { openTransferClient } from '../open-client.ts';
import { folderOf, pathOf } from '../remote-path.ts';
import { reportFailure, reportNote } from '../report-failure.ts';
import { followOperation } from './follow-operation.ts';
import {
  countFiles,
  type FolderSurvey,
  folderNotFound,
  hasFile,
  hasFolder,
  othersStay,
  surveyFolder,
} from './stored-folder.ts';

export interface MoveFolderOptions {
  /** Also where a folder exists already: both are one then. */
  readonly merge?: boolean;
}

/** `mv FOLDER/ PATH`: gives a folder another path, with everything below it. */
export async function moveFolder(
  reference: string,
  target: string,
  { merge = false, output }: MoveFolderOptions & { readonly output: Output },
): Promise<void> {
  const [from, to] = [folderOf(reference), folderOf(target)];
  requireApart(from, to);
  const storage = await openTransferClient();
  if (!(await hasFolder(storage, from))) throw folderNotFound();
  await requireFree(storage, to, { merge });
  const { done } = await followOperation((options) => storage.moveFolder(from, to, options), {
    label: from,
    output,
  });
  const left = await surveyFolder(storage, from);
  if (done === 0 && left.files === 0 && left.others > 0) {
    throw new Error(`You may move nothing in it: ${othersStay(left.others)}`);
  }
  output.show(
    { folder: to, from, files: done, moved: true },
    `moved ${from}/ to ${to}/  ${countFiles(done)}`,
  );
  if (left.others > 0) reportNote(from, othersStay(left.others), output);
  if (left.files > 0) reportLeft(left, output);
}

function requireApart(from: string, to: string): void {
  if (from === '') throw new UsageError('The root cannot be moved: give a folder in it.');
  if (to === '') throw new UsageError('Give the new path of the folder, such as /archive.');
  if (from === to) throw new UsageError('That is its path already.');
  if (to.startsWith(`${from}/`)) {
    throw new UsageError(`A folder cannot be moved into itself: ${to} lies in ${from}.`);
  }
  if (from.startsWith(`${to}/`)) {
    throw new UsageError(`A folder cannot move to the path of one that holds it: ${to} holds ${from}.`);
  }
}

async function requireFree(
  storage: Storage,
  to: string,
  { merge }: { readonly merge: boolean },
): Promise<void> {
  if (await hasFile(storage, to)) throw new UsageError(`${to} is a file: give another path.`);
  if (!merge && (await hasFolder(storage, to))) {
    throw new UsageError(`${to}/ exists already: give another path, or --merge to put the two together.`);
  }
}

/** The service moves all files but those whose path would be too long; or they have come meanwhile. */
function reportLeft({ files, first }: FolderSurvey, output: Output): never {
  for (const file of first) {
    const tooLong = new StorageError('file/invalid-folder', 'Its path would be too long.');
    reportFailure(pathOf(file), tooLong, output);
  }
  if (files > first.length) {
    reportFailure('and', new Error(`${countFiles(files - first.length)} more.`), output);
  }
  throw new ReportedError();
}
