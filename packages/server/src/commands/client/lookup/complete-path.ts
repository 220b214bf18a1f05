import { readBashWord, writeBashWord } from '../../completion/bash-word.ts';
import type { Output } from '../../output.ts';
import { openClient } from '../open-client.ts';
import { pathOf, splitPath } from '../remote-path.ts';

const maxSuggestions = 100;
/** A shell waits for it. */
const maxMs = 2_000;

export interface CompletePathOptions {
  /** Folders only. */
  readonly folders?: boolean;
  /** Those in the trash. */
  readonly trash?: boolean;
  /** The beginning is a word as it is typed, and the answers are quoted for it. Other shells do both by themselves. */
  readonly shell?: 'bash';
}

/**
 * `complete-path`: prints the folders and files whose path begins like this, for completion in a shell; nothing on a failure. A
 * path with control characters is left out: a line is a suggestion, and the user could not type it.
 */
export async function completePath(
  beginning: string,
  { folders: isFoldersOnly = false, trash = false, shell }: CompletePathOptions,
  { print }: Output,
): Promise<void> {
  const { text, quote } =
    shell === 'bash' ? readBashWord(beginning) : { text: beginning, quote: '' as const };
  const { folder, name } = splitPath(text);
  try {
    const storage = await openClient({ retry: { tries: 1 } });
    const signal = AbortSignal.timeout(maxMs);
    const found = new Set<string>();
    for await (const each of storage.listFolders({ parent: folder, ...(trash && { trash }), signal })) {
      if (each.name.startsWith(name)) found.add(`${each.path}/`);
      if (found.size >= maxSuggestions) break;
    }
    const filter = {
      folder,
      ...(trash && { trash }),
      ...(name !== '' && { search: name }),
      limit: maxSuggestions,
      signal,
    };
    const { items } = isFoldersOnly ? { items: [] } : await storage.listPage(filter);
    for (const file of items) if (file.originalName.startsWith(name)) found.add(pathOf(file));
    for (const path of found) {
      const quoted = writeBashWord(path, quote);
      if (quoted !== undefined) print(shell === 'bash' ? quoted : path);
    }
  } catch {
    // No login, or no answer.
  }
}
