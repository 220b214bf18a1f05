import type { PresignUploadsAnswer, PresignUploadsRequest } from '@bkend/storage-contract';
import { answerEach } from '../files/answer-each.ts';
import { type Caller, requireScope, requireSignedIn } from '../identity/caller.ts';
import type { UploadsDeps } from './deps.ts';
import { presignUpload } from './presign-upload.ts';

/**
 * Presigns many uploads, each as `presignUpload` does; a refused one does not keep the others. Their rows are inserted by one
 * statement, since the repository merges concurrent insertions.
 * @param request.check throws the refusal of a request that is malformed
 * @returns an upload or an error for each request, in order
 * @throws `common/authentication-required`, `auth/scope-insufficient`
 */
export async function presignUploads(
  deps: UploadsDeps,
  caller: Caller,
  { files, check }: PresignUploadsRequest & { readonly check: (file: unknown) => void },
): Promise<PresignUploadsAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const uploads = await answerEach(files, { atOnce: files.length, check }, (file) =>
    presignUpload(deps, caller, file),
  );
  return { uploads };
}
