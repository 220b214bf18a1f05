import type { Journal, JournalEntry } from '../transport/platform.ts';

/** The entry of one upload in the journal. */
export interface ResumeEntry {
  read(): Promise<JournalEntry | undefined> | undefined;
  write(entry: JournalEntry): Promise<unknown> | undefined;
  /** Removes what was read or written: an upload by one PUT has nothing in the journal, and does not ask the disk for it. */
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
  let isUsed = false;
  return {
    read() {
      isUsed = true;
      return journal?.read(fingerprint);
    },
    write(entry) {
      isUsed = true;
      return journal?.write(fingerprint, entry);
    },
    remove: () => (isUsed ? journal?.remove(fingerprint) : undefined),
    release: () => claimed.delete(fingerprint),
  };
}
