import type { Caller } from '../identity/caller.ts';
import { accessDenied, fileNotFound } from './access.ts';
import type { AskedFiles, FileRepository, Refusal } from './ports.ts';
import { missingFile } from './scanning/missing-file.ts';
import { readIfMatch, versionConflict } from './versions/if-match.ts';

/** One file that a caller asks to be changed, on the condition of the header `If-Match`. */
export function askedFile(id: string, ifMatch: string | undefined): AskedFiles {
  const etags = readIfMatch(ifMatch);
  return etags === undefined ? [id] : { id, etags };
}

/**
 * The outcome of a change, unless it is a refusal.
 * @throws `file/not-found`, `file/access-denied`, `file/version-conflict`, `file/content-refused`
 */
export async function requireDone<Outcome>(
  { files }: { readonly files: Pick<FileRepository, 'findWithTrash' | 'findRefused'> },
  { caller, id }: { readonly caller: Caller; readonly id: string },
  outcome: Outcome | Refusal | undefined,
): Promise<Exclude<Outcome, Refusal>> {
  switch (outcome) {
    case undefined:
    case 'not-found':
      throw await missingFile({ files }, caller, id);
    case 'access-denied':
      throw accessDenied();
    case 'version-conflict': {
      const file = await files.findWithTrash(caller.tenant, id);
      throw file === undefined ? fileNotFound() : versionConflict(file);
    }
  }
  // The refusals are above.
  return outcome as Exclude<Outcome, Refusal>;
}
