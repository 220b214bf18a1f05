import type { Journal, JournalEntry } from '../transport/platform.ts';

/** The entry of one upload in the journal. */
export interface ResumeEntry {
  read(): Promise<JournalEntry | undefined> | undefined;
  write(entry: JournalEntry): Promise<unknown> | undefined;
  remove(): Promise<unknown> | undefined;
  /** Allows the next upload of the same file to claim it. */
  release(): void;
}

/** Claimed fingerprints: a second, concurrent upload of the same file makes another file, and does not resume the first. */
const claimed = new Set<string>();

/**
 * Claims the entry of a file for one upload.
 * @param fingerprint equal for equal files, callers and announcements
 * @returns undefined while another upload has claimed it
 */
export function claimResumeEntry(journal: Journal | undefined, fingerprint: string): ResumeEntry | undefined {
  if (claimed.has(fingerprint)) return undefined;
  claimed.add(fingerprint);
  return {
    read: () => journal?.read(fingerprint),
    write: (entry) => journal?.write(fingerprint, entry),
    remove: () => journal?.remove(fingerprint),
    release: () => claimed.delete(fingerprint),
  };
}
