import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chown, type FileHandle, lstat, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Files and directories of the service's own, on a machine where other users may write beside them. What another user could
 * have put there is never written through, never followed and never taken for ours: a root that writes where `postgres` can
 * plant a link would write wherever that link points.
 */

const forNewFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** A pipe or a device opens at once too, and is then refused. */
const forReading = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const forDirectory = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_DIRECTORY;

/**
 * Makes sure that this is a directory of ours that no other user may enter. A link made by ourselves is followed, for an operator may
 * keep a part of the data elsewhere; one made by another user is removed. As root, a directory of another user becomes ours.
 */
export async function ensureOwnDirectory(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const found = await lstat(path).catch(ignoreMissing);
  if (found?.isSymbolicLink() && isOwn(found) && (await stat(path)).isDirectory()) return;
  if (found && !found.isDirectory()) await unlink(path);
  if ((await mkdir(path, { recursive: true, mode: 0o700 })) !== undefined) await syncDirectory(dirname(path));
  if (process.geteuid?.() !== 0) return;
  const directory = await open(path, forDirectory);
  try {
    const { uid, mode } = await directory.stat();
    if (uid !== 0) await directory.chown(0, 0);
    if ((mode & 0o022) !== 0 || uid !== 0) await directory.chmod(0o700);
  } finally {
    await directory.close();
  }
}

/**
 * As {@link ensureOwnDirectory}, and as root also for the directories in it: each becomes ours, and links in them that another
 * user has made are removed, before anything opens a file there by its name.
 * @param levels how many levels of directories, this one included; in those of the last, no link is looked for
 */
export async function ensureOwnTree(path: string, levels: number): Promise<void> {
  await ensureOwnDirectory(path);
  if (process.geteuid?.() !== 0 || levels < 2 || (await lstat(path)).isSymbolicLink()) return;
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) await ensureOwnTree(below, levels - 1);
    else if (entry.isSymbolicLink() && !isOwn(await lstat(below))) await unlink(below);
  }
}

/**
 * Writes a file that only its owner may read, replacing what has its name: whole or not at all, also when the power
 * is lost.
 */
export async function replaceOwnFile(path: string, content: string): Promise<void> {
  const temporary = await writeTemporaryFile(path, content);
  try {
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Text of a file of our own, as {@link readOwnBytes}. */
export async function readOwnFile(path: string): Promise<string | undefined> {
  return (await readOwnBytes(path))?.toString('utf8');
}

/**
 * Content of a file of our own; undefined when there is none, or when its name is a link, a pipe, a device or another user's file.
 */
export async function readOwnBytes(path: string): Promise<Buffer | undefined> {
  const file = await open(path, forReading).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const about = await file.stat();
    return about.isFile() && isOwn(about) ? await file.readFile() : undefined;
  } finally {
    await file.close();
  }
}

/**
 * Writes a new file beside the one of this path, under a random name.
 * @returns its path; the caller renames, links or removes it
 */
export async function writeTemporaryFile(path: string, content: string): Promise<string> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, forNewFile, 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
  return temporary;
}

/** Makes the names in a directory survive power loss. */
export async function syncDirectory(path: string): Promise<void> {
  const directory: FileHandle = await open(path, 'r');
  await directory.sync().finally(() => directory.close());
}

/** Makes an empty directory for another user in one of ours; it must not be there yet. */
export async function createDirectoryFor(user: { uid: number; gid: number } | undefined, path: string) {
  await mkdir(path, { mode: 0o700 });
  if (user) await chown(path, user.uid, user.gid);
}

/** Made by the user that this process runs as; Windows knows no such thing. */
function isOwn({ uid }: { readonly uid: number }): boolean {
  return process.geteuid === undefined || uid === process.geteuid();
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
