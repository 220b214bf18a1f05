import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Journal, JournalEntry } from '../platform.ts';

/** One file for each open multipart upload. Where the directory cannot be written, uploads are not resumed after a restart. */
export function createFileJournal(directory: string): Journal {
  const pathOf = (fingerprint: string) =>
    join(directory, `${createHash('sha256').update(fingerprint).digest('hex')}.json`);
  return {
    async read(fingerprint) {
      try {
        const entry: JournalEntry = JSON.parse(await readFile(pathOf(fingerprint), 'utf8'));
        return entry;
      } catch {
        return undefined;
      }
    },
    async write(fingerprint, entry) {
      const path = pathOf(fingerprint);
      const draft = `${path}.${process.pid}`;
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await writeFile(draft, JSON.stringify(entry), { mode: 0o600 });
        await rename(draft, path);
      } catch {
        await rm(draft, { force: true }).catch(() => {});
      }
    },
    remove: (fingerprint) => rm(pathOf(fingerprint), { force: true }).catch(() => {}),
  };
}
