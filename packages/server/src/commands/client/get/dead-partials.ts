import { lstat, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DownloadJournal } from './download-journal.ts';
import { isOfDeadProcess } from './partial-name.ts';

/**
 * Removes from these folders the partial downloads of runs that were killed, unless they are kept for a command that resumes them: the
 * end of a run of a whole folder has resumed those that it needs.
 * Partial downloads of running processes stay, and so does everything that cannot be read or removed.
 */
export async function removeDeadPartials(
  directories: Iterable<string>,
  { journal, isOfFolder }: { readonly journal: DownloadJournal; readonly isOfFolder: boolean },
): Promise<void> {
  const dead: string[] = [];
  for (const directory of new Set([...directories].map((each) => resolve(each)))) {
    const names = await readdir(directory).catch(() => []);
    dead.push(...names.filter(isOfDeadProcess).map((name) => join(directory, name)));
  }
  if (dead.length === 0) return;
  const kept = await journal.readKept({ isOfFolder });
  for (const path of dead) {
    const info = await lstat(path).catch(() => undefined);
    if (info?.isFile() && !kept.has(path)) await rm(path, { force: true }).catch(() => {});
  }
}
