import type { FileView, ItemError, RegisterFilesRequest } from '@bkend/storage-contract';
import { answerEach } from '../files/answer-each.ts';
import { type Caller, requireScope, requireSignedIn } from '../identity/caller.ts';
import type { UploadsDeps } from './deps.ts';
import { registerFile } from './register-file.ts';

/** Enough to keep the database and the object store busy, and few enough to leave both to other callers. */
const atOnce = 50;

/**
 * Registers many uploads, each as `registerFile` does; a refused one does not keep the others.
 * @param request.check throws the refusal of a registration that is malformed
 * @returns a file or an error for each registration, in order
 * @throws `common/authentication-required`, `auth/scope-insufficient`
 */
export async function registerFiles(
  deps: UploadsDeps,
  caller: Caller,
  { files, check }: RegisterFilesRequest & { readonly check: (file: unknown) => void },
): Promise<{ results: ({ file: FileView } | ItemError)[] }> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const results = await answerEach(files, { atOnce, check }, async (request) => ({
    file: await registerFile(deps, caller, request),
  }));
  return { results };
}
