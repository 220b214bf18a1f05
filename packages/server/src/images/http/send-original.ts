import { pipeline } from 'node:stream/promises';
import { fileNotFound } from '../../files/access.ts';
import { contentDisposition } from '../../files/content-disposition.ts';
import type { File } from '../../files/file.ts';
import { isInlineType } from '../../files/mime-type.ts';
import type { ObjectStore } from '../../files/object-store.ts';
import { allowsRange, matchesNone } from './conditional.ts';
import { type Exchange, writeHead } from './exchange.ts';
import { parseRange } from './parse-range.ts';

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
  const { file } = answer;
  const headers = originalHeaders(answer);
  if (matchesNone(request.headers['if-none-match'], headers.ETag)) {
    const { 'Content-Type': _, 'Content-Disposition': __, ...unchanged } = headers;
    writeHead(exchange, 304, unchanged);
    response.end();
    return;
  }
  const wanted = allowsRange(header(request.headers['if-range']), headers.ETag)
    ? request.headers.range
    : undefined;
  const range = parseRange(wanted, file.sizeBytes);
  if (range === 'unsatisfiable') {
    writeHead(exchange, 416, { ...headers, 'Content-Range': `bytes */${file.sizeBytes}` });
    response.end();
    return;
  }
  const status = range ? 206 : 200;
  const head = {
    ...headers,
    'Content-Length': range ? range.last - range.first + 1 : file.sizeBytes,
    ...(range && { 'Content-Range': `bytes ${range.first}-${range.last}/${file.sizeBytes}` }),
  };
  if (request.method === 'HEAD') {
    writeHead(exchange, status, head);
    response.end();
    return;
  }
  const object = await objects.get(file.key, range);
  if (object === undefined) throw fileNotFound();
  writeHead(exchange, status, head);
  await pipeline(object.body, response);
}

/** Shown where that is safe, and otherwise as an attachment that can run nothing. */
function originalHeaders({ file, cacheControl, attachment }: OriginalAnswer) {
  const inline = attachment === undefined && isInlineType(file.mimeType);
  return {
    'Content-Type': file.mimeType,
    'Content-Disposition': contentDisposition(
      inline ? 'inline' : 'attachment',
      attachment || file.originalName,
    ),
    ETag: `"${file.etag}"`,
    'Accept-Ranges': 'bytes',
    'Cache-Control': cacheControl,
    'Content-Security-Policy': "default-src 'none'; sandbox",
  };
}

function header(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
