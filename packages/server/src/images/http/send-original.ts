import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StorageError } from '@bkend/storage-contract';
import { fileNotFound } from '../../files/access.ts';
import { contentDisposition } from '../../files/content-disposition.ts';
import type { File } from '../../files/file.ts';
import { isInlineType } from '../../files/mime-type.ts';
import type { ByteRange, ObjectInfo, ObjectStore } from '../../files/object-store.ts';
import { matchesNone } from './conditional.ts';
import { type Exchange, writeHead } from './exchange.ts';
import { requestedRange, sendUnsatisfiable } from './requested-range.ts';

/** What originals are read from. */
export type OriginalsStore = Pick<ObjectStore, 'get' | 'head'>;

export interface OriginalAnswer {
  readonly file: File;
  readonly cacheControl: string;
  /** Saved under this name or, when it is empty, the file's own; shown where that is safe when absent. */
  readonly attachment?: string;
}

/**
 * Sends a file as it is, or a range of it, straight from the object store. What frames the body comes from the answer that brings
 * it: its length, and its ETag, which has to be the registered one. Of what the store says beside the bytes nothing else is passed on.
 * @throws `file/not-found` when the bytes are gone, `common/unavailable` when they are not those that were registered
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
  if (matchesNone(request.headers['if-none-match'], etag)) {
    writeHead(exchange, 304, cached);
    response.end();
    return;
  }
  const range = requestedRange(request, { etag, sizeBytes: file.sizeBytes });
  if (range === 'unsatisfiable') return sendUnsatisfiable(exchange, file.sizeBytes);
  const { info, body } = await readOriginal(objects, request.method, { file, range });
  const about = ['Content-Type', file.mimeType, 'Content-Disposition', dispositionOf(answer)];
  about.push('Content-Length', String(range ? range.last - range.first + 1 : info.sizeBytes));
  if (range) about.push('Content-Range', `bytes ${range.first}-${range.last}/${info.sizeBytes}`);
  writeHead(exchange, range ? 206 : 200, cached, about);
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
  // A range was cut by the size on record; where the size differs, the bytes do.
  if (found.info.etag === file.etag && found.info.sizeBytes === file.sizeBytes) return found;
  found.body?.destroy();
  throw new StorageError('common/unavailable', 'The stored bytes are not those that were registered.');
}

/** Shown where that is safe, and otherwise an attachment. */
function dispositionOf({ file, attachment }: OriginalAnswer): string {
  const inline = attachment === undefined && isInlineType(file.mimeType);
  return contentDisposition(inline ? 'inline' : 'attachment', attachment || file.originalName);
}
