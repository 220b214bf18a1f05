import type { Storage, StoredFile } from '@bkend/storage';
import { ReportedError, UsageError } from '../command-errors.ts';
import { type Output, printable } from '../output.ts';
import { findFile } from './find-file.ts';
import { removeFolders } from './folders/remove-folders.ts';
import { formatBytes } from './format.ts';
import { openClient } from './open-client.ts';
import { isConfirmed } from './prompt.ts';
import { pathOf } from './remote-path.ts';
import { reportFailure } from './report-failure.ts';

interface RmOptions {
  readonly permanent?: boolean;
  /** The arguments are folders. */
  readonly recursive?: boolean;
  readonly yes?: boolean;
}

/**
 * `rm`: puts files, with `recursive` folders, into the trash; with `permanent` deletes them for good, after showing their names and
 * asking.
 */
export async function rm(
  idsOrKeys: readonly string[],
  { permanent = false, yes = false, recursive = false }: RmOptions,
  output: Output,
): Promise<void> {
  if (permanent && !yes && !process.stdin.isTTY) {
    throw new UsageError('rm --permanent asks before it deletes: give --yes where there is no terminal.');
  }
  if (recursive) return removeFolders(idsOrKeys, { permanent, yes }, output);
  const storage = await openClient();
  let failed = 0;
  const attempt = async (about: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      failed += 1;
      reportFailure(about, error, output);
    }
  };
  const files = new Map<string, StoredFile>();
  for (const idOrKey of idsOrKeys) {
    await attempt(idOrKey, async () => {
      const file = await findFile(storage, idOrKey, {
        inTrash: permanent,
        ifFolder: 'give --recursive for folders',
      });
      files.set(file.id, file);
    });
  }
  if (!permanent || yes || (files.size > 0 && (await areConfirmed([...files.values()])))) {
    const remove = permanent ? deleteFile : trashFile;
    for (const file of files.values()) await attempt(file.id, () => remove(storage, file, output));
  }
  if (failed > 0) throw new ReportedError();
}

async function deleteFile(storage: Storage, file: StoredFile, { show }: Output) {
  const { id, folder, originalName } = file;
  await storage.delete(id);
  show({ id, folder, originalName, deleted: true }, `deleted ${id}  ${pathOf(file)}`);
}

async function trashFile(storage: Storage, file: StoredFile, { show }: Output) {
  const { id, folder, originalName } = file;
  await storage.trash(id);
  show({ id, folder, originalName, trashed: true }, `moved to the trash ${id}  ${pathOf(file)}`);
}

function areConfirmed(files: readonly StoredFile[]): Promise<boolean> {
  for (const file of files) {
    const line = `${file.id}  ${pathOf(file)}  ${formatBytes(file.size)}`;
    process.stderr.write(`${printable(line)}\n`);
  }
  const what = files.length === 1 ? 'this file' : `these ${files.length} files`;
  return isConfirmed(`Delete ${what} for good?`);
}
