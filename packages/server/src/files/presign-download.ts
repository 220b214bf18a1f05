import type {
  DownloadUrlAnswer,
  DownloadUrlRequest,
  DownloadUrlsAnswer,
  DownloadUrlsRequest,
} from '@bkend/storage-contract';
import { type Caller, requireScope } from '../identity/caller.ts';
import { requireManageable, requireReadable, requireServed } from './access.ts';
import { answerEach, textOf } from './answer-each.ts';
import { contentDisposition } from './content-disposition.ts';
import type { FilesDeps } from './deps.ts';
import { type File, isFileId } from './file.ts';
import { getReadableFile } from './get-file.ts';
import { isInlineType } from './mime-type.ts';
import { missingFile } from './scanning/missing-file.ts';
import { versionNotFound } from './versions/restore-version.ts';
import { addressOf, isPublic } from './view-file.ts';

type SigningDeps = Pick<FilesDeps, 'objects' | 'clock' | 'limits'>;
type AddressDeps = Pick<FilesDeps, 'imageUrl' | 'hasPublicAddresses'>;

/** Years for which the address of a public file is said to last. */
const addressLifeYears = 100;

/**
 * Signs a GET of the file's bytes, or of a version's, answered under the file's name. `inline` is granted only to types that
 * run no scripts. Of a public file the URL is its address, unless a life, a disposition or a version is asked for.
 * @param input.request.expiresIn seconds; by default the service's limit
 * @param input.request.versionId a version, for owner and admins
 * @throws `auth/scope-insufficient`, `file/not-found`, `file/access-denied`, `file/version-not-found`, `file/scan-pending`,
 * `file/content-refused`
 */
export async function presignDownload(
  deps: Pick<FilesDeps, 'files' | 'versions'> & SigningDeps & AddressDeps,
  caller: Caller,
  { fileId, request }: { fileId: string; request: DownloadUrlRequest },
): Promise<DownloadUrlAnswer> {
  requireScope(caller, 'files:read');
  const file = await getReadableFile(deps, caller, fileId);
  const { versionId } = request;
  if (versionId === undefined) return downloadFile(deps, file, request);
  requireManageable(caller, file);
  const version = await deps.versions.find(file, versionId);
  if (version === undefined) throw versionNotFound();
  return signDownload(deps, { ...version, originalName: file.originalName }, request);
}

/** The URL of a file's bytes, without a look at access: its address where it is public, else presigned. */
async function downloadFile(
  deps: SigningDeps & AddressDeps,
  file: File,
  request: DownloadUrlRequest,
): Promise<DownloadUrlAnswer> {
  requireServed(file);
  const isPlain = request.expiresIn === undefined && request.disposition === undefined;
  if (!isPlain || !deps.hasPublicAddresses || !isPublic(file)) return signDownload(deps, file, request);
  const expiresAt = new Date(deps.clock());
  expiresAt.setUTCFullYear(expiresAt.getUTCFullYear() + addressLifeYears);
  return { url: `${addressOf(deps, file)}?download`, ...factsOf(file), expiresAt: expiresAt.toISOString() };
}

/** The URL at which a page shows the file: its address where it is public, else presigned for the usual time. */
export async function addressUrl(deps: SigningDeps & AddressDeps, file: File): Promise<string> {
  requireServed(file);
  if (deps.hasPublicAddresses && isPublic(file)) return addressOf(deps, file);
  return (await signDownload(deps, file, { disposition: 'inline' })).url;
}

async function signDownload(
  deps: SigningDeps,
  file: Pick<File, 'objectKey' | 'originalName' | 'mimeType' | 'sizeBytes'>,
  request: DownloadUrlRequest,
): Promise<DownloadUrlAnswer> {
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
    ...factsOf(file),
    expiresAt: new Date(deps.clock().getTime() + expiresInSeconds * 1000).toISOString(),
  };
}

function factsOf(file: Pick<File, 'originalName' | 'mimeType' | 'sizeBytes'>) {
  return { filename: file.originalName, contentType: file.mimeType, size: file.sizeBytes };
}

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
    if (file === undefined) throw await missingFile(deps, caller, id);
    requireReadable(caller, file);
    const { url, expiresAt } = await downloadFile(deps, file, request);
    return { url, expiresAt };
  });
  return { urls: urls.map((answer, index) => ({ id: textOf(ids[index]), ...answer })) };
}
