import type { FileView, UpdateFileRequest } from '@bkend/storage-contract';
import { type Caller, requireScope, requireSignedIn } from '../identity/caller.ts';
import { fileNotFound, requireManageable } from './access.ts';
import type { FilesDeps } from './deps.ts';
import { type File, isFileId } from './file.ts';
import { mergeMetadata, requireMetadata } from './file-metadata.ts';
import { requireFileName } from './file-name.ts';
import { requireFolder } from './folders/folder-path.ts';
import { requireTypeOfCategory } from './mime-type.ts';
import { requireChangePolicy } from './policy/require-policy.ts';
import type { FileChange } from './ports.ts';
import { missingFile } from './scanning/missing-file.ts';
import { normaliseSharedWith } from './shared-with.ts';
import { requireMatch } from './versions/if-match.ts';
import { viewFile } from './view-file.ts';

type Deps = Pick<FilesDeps, 'files' | 'clock' | 'limits' | 'findSettings' | 'imageUrl'>;

/**
 * Changes a file's name, folder, visibility, category, metadata or shares.
 * @param input.request.metadata a JSON merge patch (RFC 7396); absent fields stay as they are
 * @param input.ifMatch the header `If-Match`: makes it conditional on the file's ETag
 * @returns the whole file, as the caller may see it
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `common/invalid-parameters`, `file/invalid-name`,
 * `file/original-name-too-long`, `file/invalid-folder`, `file/invalid-format`, `file/not-found`, `file/access-denied`,
 * `file/version-conflict`, `file/policy-violation`
 */
export async function updateFile(
  deps: Deps,
  caller: Caller,
  { fileId, request, ifMatch }: { fileId: string; request: UpdateFileRequest; ifMatch?: string | undefined },
): Promise<FileView> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const { originalName, folder, visibility, category, metadata, sharedWith } = request;
  if (originalName !== undefined) requireFileName(originalName, deps.limits.maxNameBytes);
  if (folder !== undefined) requireFolder(folder, deps.limits.maxNameBytes);
  const settings = await deps.findSettings(caller.tenant);
  const users = sharedWith && normaliseSharedWith(sharedWith, deps.limits);
  const file = await changeFile(deps, caller, {
    fileId,
    ifMatch,
    decide: (current) => {
      const merged = metadata === undefined ? undefined : mergeMetadata(current.metadata, metadata);
      if (merged !== undefined) requireMetadata(merged, deps.limits);
      if (category !== undefined) requireTypeOfCategory(current.mimeType, category);
      requireChangePolicy(settings, current, request);
      return {
        ...(originalName !== undefined && { originalName }),
        ...(folder !== undefined && { folder }),
        ...(visibility !== undefined && { visibility }),
        ...(category !== undefined && { category }),
        ...(merged !== undefined && { metadata: merged }),
        ...(users !== undefined && { sharedWith: users }),
      };
    },
  });
  return viewFile(deps, caller, file);
}

/**
 * Changes a file that the caller may change, under a lock.
 * @param input.decide returns the change of the file as it is now
 * @param input.ifMatch the header `If-Match`
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/not-found`, `file/access-denied`,
 * `file/version-conflict`, and what `decide` throws
 */
export async function changeFile(
  deps: Pick<FilesDeps, 'files' | 'clock'>,
  caller: Caller,
  {
    fileId,
    decide,
    ifMatch,
  }: { fileId: string; decide: (file: File) => FileChange; ifMatch?: string | undefined },
): Promise<File> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  if (!isFileId(fileId)) throw fileNotFound();
  const where = { tenant: caller.tenant, id: fileId, at: deps.clock() };
  const changed = await deps.files.change(where, (current) => {
    requireManageable(caller, current);
    const change = decide(current);
    requireMatch(current, ifMatch);
    return change;
  });
  if (changed === undefined) throw await missingFile(deps, caller, fileId);
  return changed;
}
