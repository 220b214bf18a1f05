import { lstat, mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Storage, StoredFile } from '@bkend/storage';
import { readEnv } from '../../../config/env.ts';
import { forEachConcurrently } from '../../../for-each-concurrently.ts';
import type { Output } from '../../output.ts';
import { readLogin } from '../login-file.ts';
import { createProgressBar } from '../progress-bar.ts';
import type { NameRequest } from './assign-final-name.ts';
import { removeDeadPartials } from './dead-partials.ts';
import { createDownloadJournal } from './download-journal.ts';
import { makeFolder } from './make-folder.ts';
import { SaveError, saveToFolder } from './save-to-folder.ts';

/** A file to download, and its path below the directory. */
export interface DownloadItem extends Pick<NameRequest, 'mayReplace' | 'written' | 'ifTaken'> {
  readonly file: StoredFile;
  /** Relative; its names are valid on this file system. */
  readonly path: string;
  /** Modification time that the file gets, in milliseconds since 1970. Default: now. */
  readonly modifiedMs?: number;
}

export interface DownloadFilesRequest<Item extends DownloadItem> {
  readonly storage: Storage;
  /** Is created where it does not exist. */
  readonly directory: string;
  /** Concurrent downloads. */
  readonly concurrency: number;
  /** Whether links to folders below the directory are followed. */
  readonly followLinks: boolean;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** @param path of the file, with the directory */
  readonly onSaved: (item: Item, path: string) => void;
  readonly onFailure: (item: Item, error: unknown) => void;
}

/** Downloads files into folders below a directory. A file that fails does not end the others. */
export async function downloadFiles<Item extends DownloadItem>(
  items: readonly Item[],
  request: DownloadFilesRequest<Item>,
): Promise<void> {
  const { storage, directory, concurrency, followLinks, output, signal, onSaved, onFailure } = request;
  const { url: apiUrl } = await readLogin(readEnv());
  const deps = { storage, apiUrl, journal: createDownloadJournal() };
  const prepareFolder = folderMaker(directory, followLinks);
  if (items.length > 0) await prepareFolder('.');
  const bar = createProgressBar(output);
  const total = items.reduce((sum, { file }) => sum + file.size, 0);
  const startedMs = performance.now();
  let files = 0;
  let bytes = 0;
  const count = (more: number) => {
    bytes += more;
    const bytesPerSecond = bytes / ((performance.now() - startedMs) / 1000);
    const secondsLeft = (total - bytes) / bytesPerSecond;
    bar.update({ bytes, total, bytesPerSecond, secondsLeft }, `${files}/${items.length} files`);
  };
  const download = async (item: Item) => {
    const diskPath = join(directory, item.path);
    await prepareFolder(dirname(item.path));
    let counted = 0;
    const path = await saveToFolder(deps, {
      ...item,
      directory: dirname(diskPath),
      name: basename(diskPath),
      isOfFolder: true,
      signal,
      onProgress(now) {
        count(now - counted);
        counted = now;
      },
    });
    files += 1;
    bar.aside(() => onSaved(item, path));
  };
  try {
    await forEachConcurrently(items, concurrency, async (item) => {
      try {
        await download(item);
      } catch (error) {
        if (signal.aborted) throw error;
        bar.aside(() => onFailure(item, error instanceof SaveError ? error.cause : error));
      }
    });
  } finally {
    bar.stop();
  }
  const folders = new Set(items.map(({ path }) => dirname(join(directory, path))));
  await removeDeadPartials([directory, ...folders], { journal: deps.journal, isOfFolder: true });
}

/** Creates the folders of files, each once. A link on the way is followed only where the user has asked for it. */
function folderMaker(directory: string, followLinks: boolean): (folder: string) => Promise<void> {
  const made = new Map<string, Promise<void>>();
  const make = async (folder: string) => {
    const path = join(directory, folder);
    if (folder === '.') return makeFolder(path);
    await prepare(dirname(folder));
    await mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    const info = await (followLinks ? stat(path) : lstat(path));
    if (!info.isDirectory()) throw new Error(`${path} is in the way: it is a link or a file, not a folder.`);
  };
  const prepare = (folder: string): Promise<void> => {
    const found = made.get(folder) ?? make(folder);
    made.set(folder, found);
    return found;
  };
  return prepare;
}
