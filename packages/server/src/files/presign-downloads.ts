import type { DownloadUrlsAnswer, DownloadUrlsRequest } from '@bkend/storage-contract';
import { type Caller, requireScope } from '../identity/caller.ts';
import { requireReadable } from './access.ts';
import { answerEach, textOf } from './answer-each.ts';
import type { FilesDeps } from './deps.ts';
import { isFileId } from './file.ts';
import { downloadFile } from './presign-download.ts';

/**
 * Signs GETs of many files, each as `presignDownload` does; the failure of one does not keep the others. One statement reads all
 * records.
 * @param request.check throws the refusal of an id that is malformed
 * @param request.expiresIn seconds; by default the service's limit
 * @returns a URL or an error for each id, in order
 * @throws `auth/scope-insufficient`
 */
export async function presignDownloads(
  deps: Pick<FilesDeps, 'files' | 'objects' | 'clock' | 'limits' | 'imageUrl' | 'hasPublicAddresses'>,
  caller: Caller,
  { ids, check, ...request }: DownloadUrlsRequest & { readonly check: (id: unknown) => void },
): Promise<DownloadUrlsAnswer> {
  requireScope(caller, 'files:read');
  const files = await deps.files.findMany(caller.tenant, [
    ...new Set(ids.filter((id) => typeof id === 'string' && isFileId(id))),
  ]);
  const byId = new Map(files.map((file) => [file.id, file]));
  const urls = await answerEach(ids, { atOnce: ids.length, check }, async (id) => {
    const file = byId.get(id.toLowerCase());
    requireReadable(caller, file);
    const { url, expiresAt } = await downloadFile(deps, file, request);
    return { url, expiresAt };
  });
  return { urls: urls.map((answer, index) => ({ id: textOf(ids[index]), ...answer })) };
}
