import { defaultLimits, StorageError } from '@bkend/storage-contract';
import { requireFileName } from '../../../files/file-name.ts';
import { requireFolder } from '../../../files/folders/folder-path.ts';
import { UsageError } from '../../command-errors.ts';
import { folderOf, remotePrefix } from '../remote-path.ts';

/** The two ends of a sync, and its direction. */
export interface SyncArguments {
  readonly direction: 'up' | 'down';
  /** A folder of this machine. */
  readonly directory: string;
  /** A folder of the service: a path of names, `''` for the root. */
  readonly folder: string;
}

/**
 * Parses `DIR bkend:FOLDER` and `bkend:FOLDER DIR`.
 * @throws UsageError
 */
export function parseSyncArguments(source: string, target: string | undefined): SyncArguments {
  if (target === undefined) {
    throw new UsageError(
      `sync needs both ends: sync ${source} bkend:FOLDER uploads, sync bkend:FOLDER ${source} downloads.`,
    );
  }
  if (source === '' || target === '') throw new UsageError('One of the two ends of the sync is empty.');
  const [from, to] = [source, target].map(remoteFolderOf);
  if (from === undefined && to !== undefined) return { direction: 'up', directory: source, folder: to };
  if (from !== undefined && to === undefined) return { direction: 'down', directory: target, folder: from };
  throw new UsageError(
    from === undefined
      ? 'One of the two is a folder of the service: bkend:FOLDER.'
      : 'One of the two is a folder of this machine.',
  );
}

/** @returns undefined for a path of this machine */
function remoteFolderOf(argument: string): string | undefined {
  if (!argument.startsWith(remotePrefix)) return undefined;
  // An unset variable must not mean everything.
  if (argument === remotePrefix)
    throw new UsageError(`${argument} names no folder; the root is ${remotePrefix}/`);
  const folder = folderOf(argument);
  const reason = refusalOf(() => requireFolder(folder, maxNameBytes));
  if (reason !== undefined) throw new UsageError(`${argument}: ${reason}`);
  return folder;
}

const maxNameBytes = defaultLimits.maxNameBytes;

/** The reason why a file cannot be stored in this folder under this name; undefined where it can. The service has the last word. */
export function whyNotStorable(folder: string, name: string): string | undefined {
  return refusalOf(() => {
    requireFileName(name, maxNameBytes);
    requireFolder(folder, maxNameBytes);
  });
}

function refusalOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof StorageError) return error.message;
    throw error;
  }
}
