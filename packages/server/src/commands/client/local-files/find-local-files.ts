import { isUtf8 } from 'node:buffer';
import { type Dirent, Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { systemReason } from '../report-failure.ts';
import { retryWhenDescriptorsAreFree } from './descriptor-limit.ts';
import type { NameFilter } from './name-filter.ts';

/** A file to upload. */
export interface LocalFile {
  /** As the user would type it; `-` is standard input. */
  readonly path: string;
  /** Relative to the folder of the argument, with `/`. */
  readonly name: string;
  /** Own name of the folder of the argument, '' for `.` and `..`; undefined for a file that is an argument itself. */
  readonly root?: string;
  /** Undefined where it is only known at the end: a pipe, standard input, a file of `/proc`. */
  readonly sizeBytes: number | undefined;
  /** Undefined for pipes and standard input. */
  readonly stats?: FileStats;
}

/** Size and modification time as the file system has them. */
interface FileStats {
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** An entry that cannot be uploaded, with the reason. */
interface SkippedEntry {
  readonly path: string;
  readonly reason: string;
  /** Relative to the folder of the argument, with `/`. */
  readonly name?: string;
  /** It is no file that can be stored, whatever happens: a pipe, a broken link. Else reading it has failed. */
  readonly isUnsuitable?: true;
  /** The argument is wrong, not the entry. */
  readonly isMisnamed?: boolean;
}

export interface LocalFiles {
  readonly files: readonly LocalFile[];
  readonly skipped: readonly SkippedEntry[];
  /** Number of arguments that are folders. */
  readonly folders: number;
}

export interface Search {
  readonly filter: NameFilter;
  /** Reads folders. */
  readonly recursive: boolean;
  /** Also reads folders behind links. */
  readonly followLinks: boolean;
}

type Entry = LocalFile | SkippedEntry | Folder;

interface Folder {
  readonly folder: string;
  readonly name: string;
}

/** `-`, and the paths of standard input. */
const standardInput = /^(-|\/dev\/stdin|\/dev\/fd\/0|\/proc\/self\/fd\/0)$/;
const maxUnreliableSizeBytes = 16 * 2 ** 20;

/**
 * Finds the files that the arguments name, in the order of the arguments. Links to files are followed. No entry ends the
 * search: each that cannot be uploaded is returned with its reason.
 */
export async function findLocalFiles(paths: readonly string[], search: Search): Promise<LocalFiles> {
  const files: LocalFile[] = [];
  const skipped: SkippedEntry[] = [];
  let folders = 0;
  const collect = async (entry: Entry | undefined, { above, root }: Around): Promise<void> => {
    if (entry === undefined) return;
    if ('reason' in entry) return void skipped.push(entry);
    if (!('folder' in entry)) return void files.push(root === undefined ? entry : { ...entry, root });
    for (const inside of await entriesOf(entry, search, above)) {
      await collect(inside.entry, { above: inside.above, root });
    }
  };
  for (const path of paths) {
    const entry = await findEntry(path, search);
    const isFolder = entry !== undefined && 'folder' in entry;
    if (isFolder) folders += 1;
    await collect(entry, { above: [], root: isFolder ? ownNameOf(path) : undefined });
  }
  return { files, skipped, folders };
}

interface Around {
  readonly above: readonly string[];
  readonly root: string | undefined;
}

/** The name of a folder that is an argument; '' where the argument has none. */
function ownNameOf(path: string): string {
  const name = basename(path);
  return name === '.' || name === '..' ? '' : name;
}

/** The entry of an argument, which may also be a pipe. The filter applies to the name of a file only. */
async function findEntry(path: string, { filter, recursive }: Search): Promise<Entry | undefined> {
  if (standardInput.test(path)) return { path: '-', name: 'stdin', sizeBytes: undefined };
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (info instanceof Error) return missing(path, info);
  const name = basename(path);
  if (info.isFIFO()) return { path, name, sizeBytes: undefined };
  if (!info.isDirectory())
    return filter.isWanted(name) || !info.isFile() ? ofKind(path, name, info) : undefined;
  if (!recursive) {
    return { path, reason: 'It is a folder: give --recursive to upload its files.', isMisnamed: true };
  }
  const isNamed = ownNameOf(path) !== '';
  return isNamed && filter.isExcludedFolder(name) ? undefined : { folder: path, name: '' };
}

async function missing(path: string, error: NodeJS.ErrnoException): Promise<SkippedEntry> {
  const isLink = await lstat(path).then(
    (info) => info.isSymbolicLink(),
    () => false,
  );
  if (isLink) return { path, ...brokenLink(error) };
  if (error.code === 'ENOENT') return { path, reason: 'There is no such file.', isMisnamed: true };
  return { path, reason: reasonOf(error) };
}

interface Inside {
  readonly entry: Entry | undefined;
  /** Real paths of the folders around it, while links are followed. */
  readonly above: readonly string[];
}

async function entriesOf(within: Folder, search: Search, above: readonly string[]): Promise<Inside[]> {
  const { folder } = within;
  try {
    const here = search.followLinks ? [...above, await realpath(folder)] : above;
    const entries = await retryWhenDescriptorsAreFree(() =>
      readdir(folder, { withFileTypes: true, encoding: 'buffer' }),
    );
    entries.sort((one, other) => Buffer.compare(one.name, other.name));
    return await Promise.all(
      entries.map(async (entry) => ({ entry: await examine(entry, within, search, here), above: here })),
    );
  } catch (error) {
    return [{ entry: { path: folder, name: within.name, reason: reasonOf(error) }, above }];
  }
}

async function examine(
  entry: Dirent<Buffer>,
  within: Folder,
  search: Search,
  above: readonly string[],
): Promise<Entry | undefined> {
  const { filter } = search;
  const ownName = entry.name.toString();
  const path = join(within.folder, ownName);
  const name = within.name === '' ? ownName : `${within.name}/${ownName}`;
  const isLink = entry.isSymbolicLink();
  try {
    // A name that is not UTF-8 cannot be passed to stat: a path is a string.
    const isText = isUtf8(entry.name);
    const isKnown = entry.isDirectory() || (!isLink && !filter.isWanted(name));
    const info = isKnown || !isText ? entry : await stat(path);
    const isFolder = info.isDirectory();
    if (isFolder ? filter.isExcludedFolder(name) : !filter.isWanted(name)) return undefined;
    if (!isText) return { path, name, reason: 'Its name is not UTF-8: rename it.', isUnsuitable: true };
    if (isFolder)
      return isLink ? await linkedFolder({ folder: path, name }, search, above) : { folder: path, name };
    return info instanceof Stats ? ofKind(path, name, info) : undefined;
  } catch (error) {
    if (!filter.isWanted(name)) return undefined;
    return { path, name, ...(isLink ? brokenLink(error) : { reason: reasonOf(error) }) };
  }
}

async function linkedFolder(
  linked: Folder,
  { followLinks }: Search,
  above: readonly string[],
): Promise<Entry> {
  const path = linked.folder;
  const unsuitable = { path, name: linked.name, isUnsuitable: true } as const;
  if (!followLinks) {
    return { ...unsuitable, reason: 'It is a link to a folder: give --follow-links to upload its files.' };
  }
  if (!above.includes(await realpath(path))) return linked;
  return { ...unsuitable, reason: 'It is a link to a folder that contains it: a loop.' };
}

function ofKind(path: string, name: string, info: Stats): LocalFile | SkippedEntry {
  if (info.isFile()) {
    // Files of /proc and /sys have no blocks, and no size or a wrong one. Any such file is read to its end.
    const isReliable = info.blocks > 0 || info.size > maxUnreliableSizeBytes;
    const stats = { sizeBytes: info.size, modifiedMs: Math.round(info.mtimeMs) };
    return { path, name, sizeBytes: isReliable ? info.size : undefined, stats };
  }
  const kinds = [
    [info.isFIFO(), 'named pipe'],
    [info.isSocket(), 'socket'],
    [info.isCharacterDevice(), 'character device'],
    [info.isBlockDevice(), 'block device'],
  ] as const;
  const kind = kinds.find(([isIt]) => isIt)?.[1] ?? 'special file';
  return { path, name, reason: `It is a ${kind}, not a file.`, isUnsuitable: true };
}

function brokenLink(error: unknown): Pick<SkippedEntry, 'reason' | 'isUnsuitable'> {
  if (hasCode(error, 'ENOENT')) return { reason: 'It is a link that leads nowhere.', isUnsuitable: true };
  if (hasCode(error, 'ELOOP')) {
    return { reason: 'It is a link that leads back to itself: a loop.', isUnsuitable: true };
  }
  return { reason: `It is a link that cannot be followed: ${reasonOf(error)}` };
}

function reasonOf(error: unknown): string {
  if (hasCode(error, 'ENOENT')) return 'It has been removed meanwhile.';
  return `It cannot be read: ${systemReason(error) ?? String(error)}.`;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
