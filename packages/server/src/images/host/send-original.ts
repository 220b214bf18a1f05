import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { evaluatePreconditions } from '@bkend/http';
import { StorageError } from '@bkend/storage-contract';
import { fileNotFound } from '../../files/access.ts';
import { contentDisposition } from '../../files/content-disposition.ts';
import type { File } from '../../files/file.ts';
import { isInlineType } from '../../files/mime-type.ts';
import type { ByteRange, ObjectInfo, ObjectStore } from '../../files/object-store.ts';
import {
  type Exchange,
  rangeOf,
  sendPreconditionFailed,
  sendUnchanged,
  sendUnsatisfiable,
  writeHead,
} from './respond.ts';

/** The object store, as far as originals need it. */
export type OriginalsStore = Pick<ObjectStore, 'get' | 'head'>;

export interface OriginalAnswer {
  readonly file: File;
  readonly cacheControl: string;
  /** Saved under this name, or the file's own when empty; when absent, shown where the type is safe. */
  readonly attachment?: string;
}

/**
 * Sends a file unchanged, or a range of it, straight from the object store. Its length comes from the same response of the store
 * as its bytes, and so does its ETag, which has to be the registered one. No other header of the store is passed on.
 * @throws `file/not-found` when the object is gone, `common/unavailable` when its bytes are not the registered ones
 */
export async function sendOriginal(
  objects: OriginalsStore,
  exchange: Exchange,
  answer: OriginalAnswer,
): Promise<void> {
  const { request, response } = exchange;
  const { file, cacheControl } = answer;
  const etag = `"${file.etag}"`;
  const cached = ['ETag', etag, 'Accept-Ranges', 'bytes', 'Cache-Control', cacheControl];
  cached.push('Content-Security-Policy', "default-src 'none'; sandbox");
  const precondition = evaluatePreconditions(request.headers, etag);
  if (precondition === 'failed') return sendPreconditionFailed(exchange);
  if (precondition === 'unchanged') return sendUnchanged(exchange, cached);
  const range = rangeOf(request, { etag, sizeBytes: file.sizeBytes });
  if (range === 'unsatisfiable') return sendUnsatisfiable(exchange, file.sizeBytes);
  const { info, body } = await readOriginal(objects, request.method, { file, range });
  const own = ['Content-Type', file.mimeType, 'Content-Disposition', dispositionOf(answer)];
  own.push('Content-Length', String(range ? range.last - range.first + 1 : info.sizeBytes));
  if (range) own.push('Content-Range', `bytes ${range.first}-${range.last}/${info.sizeBytes}`);
  writeHead(exchange, range ? 206 : 200, cached, own);
  if (body) await pipeline(body, response);
  else response.end();
}

interface ReadBytes {
  readonly info: ObjectInfo;
  /** Absent for HEAD. */
  readonly body?: Readable;
}

async function readOriginal(
  objects: OriginalsStore,
  method: string | undefined,
  { file, range }: { file: File; range: ByteRange | undefined },
): Promise<ReadBytes> {
  const isHead = method === 'HEAD';
  const found: ReadBytes | undefined = isHead
    ? await objects.head(file.objectKey).then((info) => info && { info })
    : await objects.get(file.objectKey, { range, etag: file.etag });
  if (found === undefined) throw fileNotFound();
  // The range was computed from the size on record; another size means other bytes.
  if (found.info.etag === file.etag && found.info.sizeBytes === file.sizeBytes) return found;
  found.body?.destroy();
  throw new StorageError('common/unavailable', 'The stored bytes are not those that were registered.');
}

/** `inline` for types that are safe to show, otherwise `attachment`. */
function dispositionOf({ file, attachment }: OriginalAnswer): string {
  const inline = attachment === undefined && isInlineType(file.mimeType);
  return contentDisposition(inline ? 'inline' : 'attachment', attachment || file.originalName);
}
