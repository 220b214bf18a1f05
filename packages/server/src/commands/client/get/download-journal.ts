import { createHash } from 'node:crypto';
import { link, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from './make-folder.ts';
import { isAlive } from './partial-name.ts';

/** A partial file on disk, identified by device and inode. */
export interface RecordedFile {
  /** Absolute. */
  readonly path: string;
  readonly device: number;
  readonly inode: number;
}

export interface RecordedDownload extends RecordedFile {
  /** ETag of the object whose first bytes the partial file has. */
  readonly etag: string;
  /** Bytes that this process has written, and their MD5 in hex: others are not resumed. */
  readonly writtenBytes: number;
  readonly writtenMd5: string;
  /** The process that writes it. */
  readonly pid: number;
  /** Whether a run of a whole folder made it: the next such run completes it, if the file is still in the folder. */
  readonly isOfFolder?: boolean;
}

/** Identifies a download: the same command again has the same key. */
export type DownloadKey = readonly [apiUrl: string, fileId: string, directory: string];

/**
 * Records downloads in progress in the user's cache directory, so that an interrupted or killed one can be resumed. Where the
 * directory cannot be written, downloads work and are not resumed.
 */
export function createDownloadJournal(directory = join(homedir(), '.cache', 'bkend-storage', 'downloads')) {
  const pathOf = (key: DownloadKey) =>
    join(directory, `${createHash('sha256').update(JSON.stringify(key)).digest('hex')}.json`);
  return {
    /** Takes the entry of an earlier run for this process; undefined while that run is alive. */
    async claim(key: DownloadKey): Promise<RecordedDownload | undefined> {
      try {
        const entry: RecordedDownload = JSON.parse(await readFile(pathOf(key), 'utf8'));
        // A pid that another process has by now only costs a download from the beginning.
        if (isAlive(entry.pid)) return undefined;
        // The second of two concurrent claims fails here.
        await unlink(pathOf(key));
        return entry;
      } catch {
        return undefined;
      }
    },
    /** @returns false where it cannot be written, or another process records the same download */
    async record(key: DownloadKey, entry: RecordedDownload): Promise<boolean> {
      const temporary = `${pathOf(key)}.${process.pid}`;
      try {
        await makeFolder(directory, 0o700);
        await writeFile(temporary, JSON.stringify(entry), { mode: 0o600 });
        await link(temporary, pathOf(key));
        return true;
      } catch {
        return false;
      } finally {
        await rm(temporary, { force: true }).catch(() => {});
      }
    },
    /** The paths of the partial files that are kept, at the end of a run of a whole folder without those of such runs. */
    async readKept(run: { readonly isOfFolder: boolean }): Promise<Set<string>> {
      const kept = new Set<string>();
      for (const name of await readdir(directory).catch(() => [])) {
        try {
          const { path, isOfFolder }: RecordedDownload = JSON.parse(
            await readFile(join(directory, name), 'utf8'),
          );
          if (!(isOfFolder && run.isOfFolder)) kept.add(path);
        } catch {
          // Removed meanwhile, or not written to its end.
        }
      }
      return kept;
    },
    /** Replaces the entry that this process has recorded. A failure leaves the one before. */
    async update(key: DownloadKey, entry: RecordedDownload): Promise<void> {
      const temporary = `${pathOf(key)}.${process.pid}`;
      try {
        await writeFile(temporary, JSON.stringify(entry), { mode: 0o600 });
        await rename(temporary, pathOf(key));
      } catch {
        await rm(temporary, { force: true }).catch(() => {});
      }
    },

    async remove(key: DownloadKey): Promise<void> {
      await rm(pathOf(key), { force: true }).catch(() => {});
    },
  };
}

export type DownloadJournal = ReturnType<typeof createDownloadJournal>;
