import {
  asksForOriginal,
  buildImagePath,
  type ImageUrl,
  type ImageUrlAnswer,
  type ImageUrlRequest,
  invalidParameters,
  parseImagePath,
  planImage,
  StorageError,
} from '@bkend/storage-contract';
import { type Caller, requireScope } from '../identity/caller.ts';
import type { FilesDeps } from './deps.ts';
import type { File } from './file.ts';
import { getReadableFile } from './get-file.ts';
import { type ImageTicket, issueImageTicket } from './image-ticket.ts';

/**
 * Signs a URL of the image host for a picture of any visibility. It works until it expires, and no longer than the
 * caller may read the file.
 * @throws `auth/scope-insufficient`, `file/not-found`, `file/access-denied`, `file/invalid-format` for what is no
 * picture, `common/invalid-parameters` for options that are none
 */
export async function presignImage(
  deps: Pick<FilesDeps, 'files' | 'clock' | 'limits' | 'imageUrl' | 'imageTicketSecret'>,
  caller: Caller,
  { fileId, request }: { fileId: string; request: ImageUrlRequest },
): Promise<ImageUrlAnswer> {
  requireScope(caller, 'files:read');
  const file = await getReadableFile(deps, caller, fileId);
  if (!file.mimeType.startsWith('image/')) {
    throw new StorageError('file/invalid-format', `This file is ${file.mimeType}, which is no picture.`);
  }
  const url = readOptions(request.options ?? '', file);
  const expiresInSeconds = request.expiresIn ?? deps.limits.downloadUrlLifeSeconds;
  // In whole seconds, as the ticket has it.
  const seconds = Math.floor(deps.clock().getTime() / 1000) + expiresInSeconds;
  const expiresAt = new Date(seconds * 1000);
  const access = issueImageTicket(deps.imageTicketSecret, ticketFor(caller, expiresAt), url);
  const path = buildImagePath({ ...url, access }).slice(1);
  return { url: deps.imageUrl(path), expiresAt: expiresAt.toISOString() };
}

function readOptions(options: string, file: File): ImageUrl {
  const trimmed = options.replace(/^\/+|\/+$/g, '');
  const key = buildImagePath({ key: file.key }).slice(1);
  const url = parseImagePath(trimmed === '' ? key : `${trimmed}/${key}`);
  if (url.kind === 'fault') throw invalidOptions(`"${url.option}" ${url.message}`);
  if (url.key !== file.key) throw invalidOptions('must be those of an image URL, without its key');
  if (url.access) throw invalidOptions('must not begin with a signature or "unsafe"');
  if (!asksForOriginal(url) && url.preset === undefined) {
    const planned = planImage(url);
    if ('issues' in planned) throw invalidParameters(planned.issues);
  }
  return url;
}

function invalidOptions(message: string): StorageError {
  return invalidParameters([{ field: 'options', message }]);
}

function ticketFor(caller: Caller, expiresAt: Date): ImageTicket {
  const viewer =
    caller.kind === 'user' ? { kind: caller.kind, userId: caller.userId } : { kind: caller.kind };
  return { tenant: caller.tenant, viewer, expiresAt };
}
