import { isUtf8 } from 'node:buffer';
import { type Dirent, Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { systemReason } from '../output.ts';
import type { NameFilter } from './name-filter.ts';
import { whenDescriptorsAreFree } from './when-descriptors-are-free.ts';

/** Something to upload. */
export interface LocalFile {
  /** As the user would write it; `-` is standard input. */
  readonly path: string;
  /** From the folder that was named, with `/`. */
  readonly name: string;
  /** Undefined where only reading it to its end tells: a pipe, standard input, a file of `/proc`. */
  readonly sizeBytes: number | undefined;
}

/** An entry that is not uploaded, and why. */
export interface LeftOut {
  readonly path: string;
  readonly reason: string;
  /** The words that named it are wrong, rather than what is there. */
  readonly isMisnamed?: boolean;
}

export interface LocalFiles {
  readonly files: readonly LocalFile[];
  readonly leftOut: readonly LeftOut[];
}

export interface Search {
  readonly filter: NameFilter;
  /** Looks into folders. */
  readonly recursive: boolean;
  /** Looks into folders behind links, too. */
  readonly followLinks: boolean;
}

type Entry = LocalFile | LeftOut | Folder;

interface Folder {
  readonly folder: string;
  readonly name: string;
}

/** Other names of standard input. */
const standardInput = /^(-|\/dev\/stdin|\/dev\/fd\/0|\/proc\/self\/fd\/0)$/;
const maxUncertainBytes = 16 * 2 ** 20;

/**
 * What is to be uploaded of what the user named, in the order of the names. Links to files are followed. No entry ends the
 * search: each that is left out is listed with its reason.
 */
export async function findLocalFiles(paths: readonly string[], search: Search): Promise<LocalFiles> {
  const files: LocalFile[] = [];
  const leftOut: LeftOut[] = [];
  const collect = async (entry: Entry | undefined, above: readonly string[]): Promise<void> => {
    if (entry === undefined) return;
    if ('reason' in entry) return void leftOut.push(entry);
    if (!('folder' in entry)) return void files.push(entry);
    for (const inside of await entriesOf(entry, search, above)) {
      await collect(inside.entry, inside.above);
    }
  };
  for (const path of paths) await collect(await named(path, search), []);
  return { files, leftOut };
}

/** What the user named, a pipe too. Only the name of a file is held to the filter. */
async function named(path: string, { filter, recursive }: Search): Promise<Entry | undefined> {
  if (standardInput.test(path)) return { path: '-', name: 'stdin', sizeBytes: undefined };
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (info instanceof Error) return missing(path, info);
  const name = basename(path);
  if (info.isFIFO()) return { path, name, sizeBytes: undefined };
  if (!info.isDirectory())
    return filter.isWanted(name) || !info.isFile() ? ofKind(path, name, info) : undefined;
  if (!recursive) {
    return { path, reason: 'It is a folder: say --recursive to upload what is in it.', isMisnamed: true };
  }
  const isNamed = name !== '.' && name !== '..' && name !== '';
  return isNamed && filter.isExcludedFolder(name) ? undefined : { folder: path, name: '' };
}

async function missing(path: string, error: NodeJS.ErrnoException): Promise<LeftOut> {
  const isLink = await lstat(path).then(
    (info) => info.isSymbolicLink(),
    () => false,
  );
  if (isLink) return { path, reason: brokenLink(error) };
  if (error.code === 'ENOENT') return { path, reason: 'There is no such file.', isMisnamed: true };
  return { path, reason: reasonOf(error) };
}

interface Inside {
  readonly entry: Entry | undefined;
  /** Real paths of the folders it is in, while links are followed. */
  readonly above: readonly string[];
}

async function entriesOf(within: Folder, search: Search, above: readonly string[]): Promise<Inside[]> {
  const { folder } = within;
  try {
    const here = search.followLinks ? [...above, await realpath(folder)] : above;
    const entries = await whenDescriptorsAreFree(() =>
      readdir(folder, { withFileTypes: true, encoding: 'buffer' }),
    );
    entries.sort((one, other) => Buffer.compare(one.name, other.name));
    return await Promise.all(
      entries.map(async (entry) => ({ entry: await examine(entry, within, search, here), above: here })),
    );
  } catch (error) {
    return [{ entry: { path: folder, reason: reasonOf(error) }, above }];
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
    // What a name in other bytes stands for cannot be asked: a path is text.
    const isNamed = isUtf8(entry.name);
    const isKnown = entry.isDirectory() || (!isLink && !filter.isWanted(name));
    const info = isKnown || !isNamed ? entry : await stat(path);
    const isFolder = info.isDirectory();
    if (isFolder ? filter.isExcludedFolder(name) : !filter.isWanted(name)) return undefined;
    if (!isNamed) return { path, reason: 'Its name is not UTF-8: rename it.' };
    if (isFolder)
      return isLink ? await linkedFolder({ folder: path, name }, search, above) : { folder: path, name };
    return info instanceof Stats ? ofKind(path, name, info) : undefined;
  } catch (error) {
    if (!filter.isWanted(name)) return undefined;
    return { path, reason: isLink ? brokenLink(error) : reasonOf(error) };
  }
}

async function linkedFolder(
  linked: Folder,
  { followLinks }: Search,
  above: readonly string[],
): Promise<Entry> {
  const path = linked.folder;
  if (!followLinks) {
    return { path, reason: 'It is a link to a folder: say --follow-links to upload what is in it.' };
  }
  if (!above.includes(await realpath(path))) return linked;
  return { path, reason: 'It is a link to a folder that it is in: a loop.' };
}

function ofKind(path: string, name: string, info: Stats): LocalFile | LeftOut {
  if (info.isFile()) {
    // Files that a kernel makes up when they are read have no blocks, and no size or a wrong one. So may others: they are
    // read in the same way, to their end.
    const isCertain = info.blocks > 0 || info.size > maxUncertainBytes;
    return { path, name, sizeBytes: isCertain ? info.size : undefined };
  }
  const kinds = [
    [info.isFIFO(), 'named pipe'],
    [info.isSocket(), 'socket'],
    [info.isCharacterDevice(), 'character device'],
    [info.isBlockDevice(), 'block device'],
  ] as const;
  const kind = kinds.find(([isIt]) => isIt)?.[1] ?? 'special file';
  return { path, reason: `It is a ${kind}, and no file.` };
}

function brokenLink(error: unknown): string {
  if (hasCode(error, 'ENOENT')) return 'It is a link that leads nowhere.';
  if (hasCode(error, 'ELOOP')) return 'It is a link that leads back to itself: a loop.';
  return `It is a link that cannot be followed: ${reasonOf(error)}`;
}

function reasonOf(error: unknown): string {
  if (hasCode(error, 'ENOENT')) return 'It vanished meanwhile.';
  return `It cannot be read: ${systemReason(error) ?? String(error)}.`;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
