import type { DownloadUrlAnswer, DownloadUrlRequest } from '@bkend/storage-contract';
import { type Caller, requireScope } from '../identity/caller.ts';
import { contentDisposition } from './content-disposition.ts';
import type { FilesDeps } from './deps.ts';
import { getReadableFile } from './get-file.ts';
import { isInlineType } from './mime-type.ts';

/**
 * Signs a GET of the file's bytes under its own name. `inline` is granted only to types that run nothing in a browser.
 * @throws `auth/scope-insufficient`, `file/not-found`, `file/access-denied`
 */
export async function presignDownload(
  deps: Pick<FilesDeps, 'files' | 'objects' | 'clock' | 'limits'>,
  caller: Caller,
  { fileId, request }: { fileId: string; request: DownloadUrlRequest },
): Promise<DownloadUrlAnswer> {
  requireScope(caller, 'files:read');
  const file = await getReadableFile(deps, caller, fileId);
  const expiresInSeconds = request.expiresIn ?? deps.limits.downloadUrlLifeSeconds;
  const inline = request.disposition === 'inline' && isInlineType(file.mimeType);
  const url = await deps.objects.presignGet({
    key: file.objectKey,
    contentType: file.mimeType,
    contentDisposition: contentDisposition(inline ? 'inline' : 'attachment', file.originalName),
    expiresInSeconds,
  });
  return {
    url,
    filename: file.originalName,
    contentType: file.mimeType,
    size: file.sizeBytes,
    expiresAt: new Date(deps.clock().getTime() + expiresInSeconds * 1000).toISOString(),
  };
}
