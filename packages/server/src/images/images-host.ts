import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import {
  asksForOriginal,
  invalidParameters,
  type Limits,
  parseImagePath,
  planImage,
  StorageError,
} from '@bkend/storage-contract';
import { fileNotFound } from '../files/access.ts';
import type { File } from '../files/file.ts';
import type { ObjectStore } from '../files/ports.ts';
import { answerError } from './answer-error.ts';
import { originalHeaders } from './original-headers.ts';
import { parseRange } from './parse-range.ts';
import { renderFitIn } from './render-fit-in.ts';

export interface ImagesDeps {
  /** A `public` file by its key; any other visibility is as if there were none. */
  readonly findPublicFile: (key: string) => Promise<File | undefined>;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly limits: Limits;
  readonly newRequestId: () => string;
}

/** What is told of a request once it is answered. */
export interface AnsweredImage {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  readonly error?: unknown;
}

/**
 * Serves `public` files: the original, or a rendering inside a box. GET and HEAD; the answer to a key that is unknown and
 * to one that is not public is the same.
 */
export function createImagesHost(deps: ImagesDeps, onAnswered: (request: AnsweredImage) => void) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const start = performance.now();
    const requestId = deps.newRequestId();
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    let failure: unknown;
    response.setHeader('X-Request-Id', requestId);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.on('close', () =>
      onAnswered({
        requestId,
        method: request.method ?? '',
        path,
        status: response.statusCode,
        durationMs: performance.now() - start,
        ...(failure !== undefined && { error: failure }),
      }),
    );
    serve(deps, { request, response, path }).catch((error: unknown) => {
      failure = error;
      answerError(error, requestId, response);
    });
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
}

async function serve(deps: ImagesDeps, { request, response, path }: Exchange): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    throw new StorageError('common/method-not-allowed', 'Images are read with GET or HEAD.');
  }
  const asked = parseImagePath(path);
  if (asked.kind === 'fault') throw invalidParameters([{ field: asked.option, message: asked.message }]);
  const planned = planImage(asked);
  if ('issues' in planned) throw invalidParameters(planned.issues);
  const file = await deps.findPublicFile(asked.key);
  if (file === undefined) throw fileNotFound();

  if (asksForOriginal(asked)) return sendOriginal(deps, { request, response, path }, file);
  const side = (length: number | 'orig') => (length === 'orig' ? 0 : length);
  const box = { width: side(planned.plan.width), height: side(planned.plan.height) };
  const rendering = await renderFitIn(deps, file, box);
  response.writeHead(200, {
    'Content-Type': rendering.contentType,
    'Content-Length': rendering.bytes.length,
    'Cache-Control': 'public, max-age=300',
    Vary: 'Accept',
  });
  response.end(request.method === 'HEAD' ? undefined : rendering.bytes);
}

async function sendOriginal(deps: ImagesDeps, { request, response }: Exchange, file: File): Promise<void> {
  const headers = originalHeaders(file);
  if (request.headers['if-none-match']?.includes(headers.ETag)) {
    response.writeHead(304, headers).end();
    return;
  }
  const range = parseRange(request.headers.range, file.sizeBytes);
  if (range === 'unsatisfiable') {
    response.writeHead(416, { ...headers, 'Content-Range': `bytes */${file.sizeBytes}` }).end();
    return;
  }
  const length = range ? range.last - range.first + 1 : file.sizeBytes;
  const head = {
    ...headers,
    'Content-Length': length,
    ...(range && { 'Content-Range': `bytes ${range.first}-${range.last}/${file.sizeBytes}` }),
  };
  if (request.method === 'HEAD') {
    response.writeHead(range ? 206 : 200, head).end();
    return;
  }
  const object = await deps.objects.get(file.key, range);
  if (object === undefined) throw fileNotFound();
  response.writeHead(range ? 206 : 200, head);
  await pipeline(object.body, response);
}
