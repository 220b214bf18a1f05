import { createHash } from 'node:crypto';
import { link, mkdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A draft on disk, and by what it is known again. */
export interface RememberedDraft {
  /** Absolute. */
  readonly path: string;
  readonly device: number;
  readonly inode: number;
}

export interface RememberedDownload extends RememberedDraft {
  /** Of the bytes that the draft begins with. */
  readonly etag: string;
  /** The process that writes it. */
  readonly pid: number;
}

/** What is downloaded, where from and where to: the same command again means the same. */
export type DownloadKey = readonly [apiUrl: string, fileId: string, directory: string];

/**
 * Remembers downloads under way, in the user's cache directory, so that one that was interrupted or killed goes on where it
 * stopped. Where it cannot be written, nothing is remembered: no more than that.
 */
export function createDownloadJournal(directory = join(homedir(), '.cache', 'bkend-storage', 'downloads')) {
  const pathOf = (key: DownloadKey) =>
    join(directory, `${createHash('sha256').update(JSON.stringify(key)).digest('hex')}.json`);
  return {
    /** What an earlier run has left, for this process alone; undefined while that run goes on. */
    async claim(key: DownloadKey): Promise<RememberedDownload | undefined> {
      try {
        const entry: RememberedDownload = JSON.parse(await readFile(pathOf(key), 'utf8'));
        if (isAlive(entry.pid)) return undefined;
        // Of two that claim it, one finds it gone.
        await unlink(pathOf(key));
        return entry;
      } catch {
        return undefined;
      }
    },
    /** @returns false where it cannot be remembered, or another process does the same at this time */
    async remember(key: DownloadKey, entry: RememberedDownload): Promise<boolean> {
      const draft = `${pathOf(key)}.${process.pid}`;
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await writeFile(draft, JSON.stringify(entry), { mode: 0o600 });
        await link(draft, pathOf(key));
        return true;
      } catch {
        return false;
      } finally {
        await rm(draft, { force: true }).catch(() => {});
      }
    },
    async forget(key: DownloadKey): Promise<void> {
      await rm(pathOf(key), { force: true }).catch(() => {});
    },
  };
}

export type DownloadJournal = ReturnType<typeof createDownloadJournal>;

/** A number that another process has by now only costs a download from the beginning. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
