import type { IncomingMessage } from 'node:http';
import { type ClientAddress, evaluatePreconditions, matchesWeakly } from '@bkend/http';
import { StorageError } from '@bkend/storage-contract';
import type { AnsweredRequest } from '../../observability/request-log.ts';
import type { ImagesMetrics } from '../metrics.ts';
import { type FindOrRenderDeps, findOrRender, findSettled } from './find-or-render.ts';
import { cacheControlOf, type NegotiatedRendition, type NegotiationCache, negotiate } from './negotiate.ts';
import { type ResolveDeps, type ResolvedImage, resolveImage } from './resolve.ts';
import {
  type Exchange,
  type ImageOrigins,
  sendError,
  sendHeadersAlone,
  sendPreconditionFailed,
  sendRendition,
  sendUnchanged,
} from './respond.ts';
import { type OriginalsStore, sendOriginal } from './send-original.ts';

export interface AnswerDeps {
  readonly resolve: ResolveDeps;
  readonly origins: ImageOrigins;
  readonly negotiations: NegotiationCache;
  readonly render: FindOrRenderDeps;
  readonly clientAddress: ClientAddress;
  readonly objects: OriginalsStore;
  readonly metrics: ImagesMetrics;
  /** Name of the face detector; undefined without one. */
  readonly faceDetector: string | undefined;
}

/**
 * Answers one request: from memory if possible; otherwise resolves its URL, negotiates the rendition, finds or renders it, and
 * responds.
 * @param onAnswered called once the response is sent or its connection is gone
 */
export function answerImage(
  deps: AnswerDeps,
  exchange: Exchange,
  onAnswered: (request: AnsweredRequest) => void,
): void {
  const { request, response } = exchange;
  const start = performance.now();
  const requested = { path: pathOf(request), isDownload: asksForDownload(request) };
  const { path } = requested;
  if (answerFromMemory(deps, exchange, nameOf(requested))) {
    onAnswered(logEntryOf(exchange, { path, start, atOnce: true }));
    return;
  }
  let error: unknown;
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableEnded) gone.abort(new StorageError('common/unavailable', 'The client has gone.'));
    const entry = logEntryOf(exchange, { path, start, atOnce: false });
    onAnswered(error === undefined ? entry : { ...entry, error });
  });
  answer(deps, exchange, { ...requested, signal: gone.signal }).catch((thrown: unknown) => {
    error = thrown;
    sendError(thrown, exchange);
  });
}

/**
 * Answers from memory when everything is there, without a look-up, a promise or a listener: most requests are for popular images.
 * @returns whether it has answered
 */
function answerFromMemory(
  { origins: allOrigins, negotiations, render, metrics }: AnswerDeps,
  requested: Exchange,
  name: string,
): boolean {
  const { method, headers } = requested.request;
  if ((method !== 'GET' && method !== 'HEAD') || headers['if-match'] !== undefined) return false;
  const known = negotiations.find(name, headers);
  if (!known) return false;
  const origins = allOrigins.peek(known.file.tenant);
  if (origins === undefined) return false;
  const exchange = origins === requested.origins ? requested : { ...requested, origins };
  const namesAny = headers['if-none-match'] === '*';
  if (namesAny ? known.isSettled : hasCurrentTag(requested.request, known)) {
    sendUnchanged(exchange, known.headers);
    return true;
  }
  const rendition = render.renditions.peek(known.key);
  if (!rendition || rendition.bytes.length === 0) return false;
  metrics.served('memory', known.file.sizeBytes - rendition.bytes.length);
  sendRendition(exchange, known, { rendition, level: 'memory' });
  return true;
}

interface RequestedImage {
  readonly path: string;
  /** Whether it is answered as an attachment: `?download`, which `<img>` passes over. */
  readonly isDownload: boolean;
}

interface Requested extends RequestedImage {
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

async function answer(deps: AnswerDeps, requested: Exchange, asked: Requested): Promise<void> {
  const { path, isDownload, signal } = asked;
  const { method, headers } = requested.request;
  if (method !== 'GET' && method !== 'HEAD') {
    throw new StorageError('common/method-not-allowed', 'Images are read with GET or HEAD.');
  }
  const found = await resolveImage(deps.resolve, path);
  const resolved = isDownload ? asAttachment(found) : found;
  const { file, plan, delivery, recheck } = resolved;
  const cacheControl = cacheControlOf(deps.resolve, resolved);
  const exchange = { ...requested, origins: await deps.origins.find(file.tenant) };
  if (!plan) {
    const { attachment } = delivery;
    const original = { file, cacheControl, ...(attachment !== undefined && { attachment }) };
    return sendOriginal(deps.objects, exchange, original);
  }
  const { clientHints } = deps.resolve.settings;
  const { faceDetector } = deps;
  const negotiated = negotiate({ resolved, plan, cacheControl, clientHints, faceDetector }, headers);
  const settled = await answerRendition(deps, exchange, { negotiated, recheck, signal });
  if (isReusable(resolved)) deps.negotiations.put(nameOf(asked), headers, settled);
}

/** Whether the response is equal for all clients, at any time while the file is unchanged. */
function isReusable({ access, delivery }: ResolvedImage): boolean {
  return access.kind === 'public' && delivery.expiresAtMs === undefined;
}

/** @returns the request with the key of the format that it was answered with, as far as that is known */
async function answerRendition(
  { render, metrics, clientAddress }: AnswerDeps,
  exchange: Exchange,
  asked: {
    readonly negotiated: NegotiatedRendition;
    readonly recheck: ResolvedImage['recheck'];
    readonly signal: AbortSignal;
  },
): Promise<NegotiatedRendition> {
  const { request } = exchange;
  if (hasCurrentTag(request, asked.negotiated)) {
    sendUnchanged(exchange, asked.negotiated.headers);
    return asked.negotiated;
  }
  const known = await findSettled(render, asked.negotiated);
  const isKnown = known.rendition !== undefined || known.negotiated.isSettled;
  if (isKnown && answerPrecondition(exchange, known.negotiated)) return known.negotiated;
  if (!known.rendition && request.method === 'HEAD') {
    sendHeadersAlone(exchange, known.negotiated);
    return known.negotiated;
  }
  const requester = { client: clientAddress(request), signal: asked.signal };
  const found = known.rendition ? known : await findOrRender(render, known.negotiated, requester);
  const { negotiated, rendition, level } = found;
  // The file may have been hidden while its rendition was made.
  if (level === 'none') await asked.recheck();
  if (!isKnown && answerPrecondition(exchange, negotiated)) return negotiated;
  metrics.served(level, negotiated.file.sizeBytes - rendition.bytes.length);
  sendRendition(exchange, negotiated, found);
  return negotiated;
}

/** Whether a request names the very tag: it has been given to a result of this format alone, which therefore is the right one. */
function hasCurrentTag({ headers }: IncomingMessage, { etag }: NegotiatedRendition): boolean {
  const { 'if-none-match': ifNoneMatch, 'if-match': ifMatch } = headers;
  return (
    ifMatch === undefined &&
    ifNoneMatch !== undefined &&
    ifNoneMatch !== '*' &&
    matchesWeakly(ifNoneMatch, etag)
  );
}

/** Answers 304 or 412 where the preconditions of a request decide it (RFC 9110, section 13). */
function answerPrecondition(exchange: Exchange, { etag, headers }: NegotiatedRendition): boolean {
  const precondition = evaluatePreconditions(exchange.request.headers, etag);
  if (precondition === 'failed') sendPreconditionFailed(exchange);
  if (precondition === 'unchanged') sendUnchanged(exchange, headers);
  return precondition !== 'proceed';
}

function logEntryOf(
  { request, response, requestId }: Exchange,
  { path, start, atOnce }: { path: string; start: number; atOnce: boolean },
): AnsweredRequest {
  return {
    requestId,
    method: request.method ?? '',
    path: withoutSignature(path),
    status: response.statusCode,
    durationMs: performance.now() - start,
    atOnce,
  };
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/**
 * Logs hold no signature: it would open the image for every reader of the log. The segment is masked wherever it is, since that of
 * a mistaken URL is as good.
 */
function withoutSignature(path: string): string {
  return path.replace(/\/+(?:~|%7e)[^/]*/gi, '/~');
}

function asksForDownload({ url = '/' }: IncomingMessage): boolean {
  const query = url.indexOf('?');
  return query >= 0 && new URLSearchParams(url.slice(query)).has('download');
}

/** Saved under the file's name, unless the path gives another. */
function asAttachment(resolved: ResolvedImage): ResolvedImage {
  return { ...resolved, delivery: { attachment: '', ...resolved.delivery } };
}

/** Differs for requests that are answered otherwise. */
function nameOf({ path, isDownload }: RequestedImage): string {
  return isDownload ? `${path}?download` : path;
}
