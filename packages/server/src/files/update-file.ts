import type { FileView, UpdateFileRequest } from '@bkend/storage-contract';
import { type Caller, requireScope, requireUser } from '../identity/caller.ts';
import { fileNotFound, requireManageable } from './access.ts';
import type { FilesDeps } from './deps.ts';
import type { File } from './file.ts';
import { isFileId } from './file-id.ts';
import { mergeMetadata, requireMetadata } from './file-metadata.ts';
import { requireFileName } from './file-name.ts';
import type { FileChange } from './ports.ts';
import { normaliseSharedWith } from './shared-with.ts';
import { viewFile } from './view-file.ts';

type Deps = Pick<FilesDeps, 'files' | 'clock' | 'limits' | 'imageUrl'>;

/**
 * Changes a file's name, visibility, metadata (a JSON merge patch) or shares, and answers with the whole file.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `common/invalid-parameters`, `file/invalid-name`,
 * `file/original-name-too-long`, `file/not-found`, `file/access-denied`
 */
export async function updateFile(
  deps: Deps,
  caller: Caller,
  { fileId, request }: { fileId: string; request: UpdateFileRequest },
): Promise<FileView> {
  const { originalName, visibility, metadata, sharedWith } = request;
  if (originalName !== undefined) requireFileName(originalName, deps.limits.maxNameBytes);
  const users = sharedWith && normaliseSharedWith(sharedWith, deps.limits);
  const file = await changeFile(deps, caller, {
    fileId,
    decide: (current) => {
      const merged = metadata === undefined ? undefined : mergeMetadata(current.metadata, metadata);
      if (merged !== undefined) requireMetadata(merged, deps.limits);
      return {
        ...(originalName !== undefined && { originalName }),
        ...(visibility !== undefined && { visibility }),
        ...(merged !== undefined && { metadata: merged }),
        ...(users !== undefined && { sharedWith: users }),
      };
    },
  });
  return viewFile(deps, caller, file);
}

/**
 * Changes a file of the caller's own, under a lock.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/not-found`, `file/access-denied`, and what
 * `decide` throws
 */
export async function changeFile(
  deps: Pick<FilesDeps, 'files' | 'clock'>,
  caller: Caller,
  { fileId, decide }: { fileId: string; decide: (file: File) => FileChange },
): Promise<File> {
  requireUser(caller);
  requireScope(caller, 'files:write');
  if (!isFileId(fileId)) throw fileNotFound();
  const where = { tenant: caller.tenant, id: fileId, at: deps.clock() };
  const changed = await deps.files.change(where, (current) => {
    requireManageable(caller, current);
    return decide(current);
  });
  if (changed === undefined) throw fileNotFound();
  return changed;
}
