import { basename, join } from 'node:path';
import type { Storage, StoredFile } from '@bkend/storage';
import { InterruptedError, ReportedError, UsageError } from '../../command-errors.ts';
import type { Output } from '../../output.ts';
import { formatBytes } from '../format.ts';
import { untilInterrupted } from '../interrupt.ts';
import { openTransferClient } from '../open-client.ts';
import { folderOf, pathOf } from '../remote-path.ts';
import { reportFailure, reportNote } from '../report-failure.ts';
import { contentTimeMs } from '../sync/plan-download.ts';
import { toRemoteEntry } from '../sync/remote-tree.ts';
import type { WrittenFiles } from './assign-final-name.ts';
import { downloadFiles } from './download-files.ts';
import { findPresent } from './find-present.ts';
import { requireFolderOrNothing } from './make-folder.ts';
import { safeName } from './safe-name.ts';

export interface GetFoldersOptions {
  /** The argument of `-o`: a folder, which is created. */
  readonly output?: string;
  /** Replaces existing files. */
  readonly force?: boolean;
}

const concurrency = 5;

/**
 * `get --recursive`: downloads folders with everything below them: into the folder of `-o`, or one of their own name in the
 * current folder. With several folders each has one of its own name. Files that an earlier run has completed are passed over.
 */
export async function getFolders(
  folders: readonly string[],
  options: GetFoldersOptions,
  output: Output,
): Promise<void> {
  await requireOutputFolder(options.output);
  const storage = await openTransferClient();
  const written: WrittenFiles = new Set();
  const control = new AbortController();
  let failed = 0;
  const downloadAll = async () => {
    for (const argument of folders) {
      const folder = folderOf(argument);
      const isAlone = folders.length === 1 && options.output !== undefined;
      const directory = join(options.output ?? '.', isAlone ? '' : safeFolderName(folder));
      const files = await readFolder(storage, folder, control.signal);
      if (files.length === 0) {
        failed += 1;
        reportFailure(argument, new Error('There are no files in this folder.'), output);
      }
      const items = files.map((file) => ({
        ...toItem(file, folder),
        mayReplace: () => options.force ?? false,
        written,
      }));
      const present = await findPresent(items, { directory, written });
      for (const [{ file }, path] of present) {
        const { id, size } = file;
        output.show({ id, path, size, present: true }, `${path}  ${formatBytes(size)}  (here already)`);
      }
      const missing = items.filter((item) => !present.has(item));
      await downloadFiles(missing, {
        storage,
        directory,
        concurrency,
        followLinks: false,
        output,
        signal: control.signal,
        onSaved(item, path) {
          const { id, size } = item.file;
          output.show({ id, path, size }, `${path}  ${formatBytes(size)}`);
          const expected = join(directory, item.path);
          if (item.isRenamed)
            reportNote(id, `Its name is not valid here; the file is saved as ${path}.`, output);
          else if (path !== expected) {
            reportNote(id, `${expected} exists and is kept; the file is saved as ${path}.`, output);
          }
        },
        onFailure(item, error) {
          failed += 1;
          reportFailure(pathOf(item.file), error, output);
        },
      });
    }
  };
  const work = downloadAll();
  try {
    await untilInterrupted(work, () => {
      control.abort();
      return new InterruptedError('Interrupted. The same command resumes.');
    });
  } catch (error) {
    if (error instanceof InterruptedError) await work.catch(() => {});
    throw error;
  }
  if (failed > 0) throw new ReportedError();
}

/** @throws UsageError where `-o` cannot be a folder */
async function requireOutputFolder(output: string | undefined): Promise<void> {
  if (output === '') throw new UsageError('The path of --output is empty.');
  if (output === '-') {
    throw new UsageError('A folder cannot be written to standard output: give the path of a folder to -o.');
  }
  if (output !== undefined) await requireFolderOrNothing(output);
}

async function readFolder(storage: Storage, folder: string, signal: AbortSignal): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for await (const file of storage.list({ folder, recursive: true, signal })) files.push(file);
  return files;
}

function toItem(file: StoredFile, root: string) {
  const below = root === '' ? file.folder : file.folder.slice(root.length + 1);
  const names = [...below.split('/').filter(Boolean), file.originalName];
  const safe = names.map((name) => safeName(name));
  return {
    file,
    path: safe.join('/'),
    modifiedMs: contentTimeMs(toRemoteEntry(file, file.originalName)),
    isRenamed: safe.some((name, index) => name !== names[index]),
    ifTaken: 'number' as const,
  };
}

function safeFolderName(folder: string): string {
  return folder === '' ? '' : safeName(basename(folder));
}
