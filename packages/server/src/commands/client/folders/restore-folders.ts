import { type Storage, StorageError } from '@bkend/storage';
import { InterruptedError, ReportedError } from '../../command-errors.ts';
import type { Output } from '../../output.ts';
import { untilInterrupted } from '../interrupt.ts';
import { openTransferClient } from '../open-client.ts';
import { createCountBar } from '../progress-bar.ts';
import { folderOf } from '../remote-path.ts';
import { reportFailure, reportNote } from '../report-failure.ts';
import { countFiles } from './stored-folder.ts';

/** `restore --recursive`: restores what the trash has of folders and of all below them. */
export async function restoreFolders(folders: readonly string[], output: Output): Promise<void> {
  const storage = await openTransferClient();
  let failed = 0;
  for (const argument of folders) {
    try {
      const stayed = await restoreFolder(storage, argument, output);
      if (stayed === 0) continue;
      failed += 1;
      reportNote(argument, `${countFiles(stayed)} could not be restored.`, output);
    } catch (error) {
      if (error instanceof InterruptedError) throw error;
      failed += 1;
      reportFailure(argument, error, output);
    }
  }
  if (failed > 0) throw new ReportedError();
}

/** @returns the number of files that could not be restored */
async function restoreFolder(storage: Storage, argument: string, output: Output): Promise<number> {
  const folder = folderOf(argument);
  const control = new AbortController();
  const bar = createCountBar(output);
  const work = storage.restoreAll(
    { folder: folder || '/', recursive: true },
    { signal: control.signal, onProgress: (progress) => bar.update(progress, folder) },
  );
  try {
    const { done, failed } = await untilInterrupted(work, () => {
      control.abort();
      return new InterruptedError('Interrupted. What is restored stays; the same command does the rest.');
    });
    if (done + failed.length === 0) {
      throw new StorageError('file/not-found', 'The trash has no files of this folder.');
    }
    output.show({ folder, files: done, restored: true }, `restored ${folder}/  ${countFiles(done)}`);
    return failed.length;
  } finally {
    bar.stop();
  }
}
