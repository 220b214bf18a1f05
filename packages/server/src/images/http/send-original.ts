import { pipeline } from 'node:stream/promises';
import { fileNotFound } from '../../files/access.ts';
import { contentDisposition } from '../../files/content-disposition.ts';
import type { File } from '../../files/file.ts';
import { isInlineType } from '../../files/mime-type.ts';
import type { ObjectStore } from '../../files/object-store.ts';
import { matchesNone } from './conditional.ts';
import { type Exchange, writeHead } from './exchange.ts';
import { requestedRange, sendUnsatisfiable } from './requested-range.ts';

export interface OriginalAnswer {
  readonly file: File;
  readonly cacheControl: string;
  /** Saved under this name or, when it is empty, the file's own; shown where that is safe when absent. */
  readonly attachment?: string;
}

/** Sends a file as it is, or a range of it, straight from the object store. */
export async function sendOriginal(
  objects: Pick<ObjectStore, 'get'>,
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
  const about = ['Content-Type', file.mimeType, 'Content-Disposition', dispositionOf(answer)];
  const range = requestedRange(request, { etag, sizeBytes: file.sizeBytes });
  if (range === 'unsatisfiable') return sendUnsatisfiable(exchange, file.sizeBytes);
  const status = range ? 206 : 200;
  about.push('Content-Length', String(range ? range.last - range.first + 1 : file.sizeBytes));
  if (range) about.push('Content-Range', `bytes ${range.first}-${range.last}/${file.sizeBytes}`);
  if (request.method === 'HEAD') {
    writeHead(exchange, status, cached, about);
    response.end();
    return;
  }
  const object = await objects.get(file.key, range);
  if (object === undefined) throw fileNotFound();
  writeHead(exchange, status, cached, about);
  await pipeline(object.body, response);
}

/** Shown where that is safe, and otherwise an attachment. */
function dispositionOf({ file, attachment }: OriginalAnswer): string {
  const inline = attachment === undefined && isInlineType(file.mimeType);
  return contentDisposition(inline ? 'inline' : 'attachment', attachment || file.originalName);
}
