import type { IncomingMessage } from 'node:http';
import { StorageError } from '@bkend/storage-contract';
import type { ClientAddress } from '../http/client-address.ts';
import type { Making, Results } from './cache/results.ts';
import { answerError } from './http/answer-error.ts';
import { cacheControlOf } from './http/cache-control.ts';
import { matchesNone } from './http/conditional.ts';
import type { Exchange } from './http/exchange.ts';
import { type OriginalsStore, sendOriginal } from './http/send-original.ts';
import { sendHeadersAlone, sendResult, sendUnchanged } from './http/send-result.ts';
import { type MakerDeps, makeResult } from './make-result.ts';
import type { ImagesMetrics } from './metrics.ts';
import type { PictureOrigins } from './picture-origins.ts';
import { type PreparedResult, prepareResult } from './prepare-result.ts';
import type { PreparedResults } from './prepared-results.ts';
import type { Quote, Quotes } from './price/quotes.ts';
import { type ResolveDeps, type ResolvedImage, resolveImage } from './resolve-image.ts';
import type { FairQueue } from './work/fair-queue.ts';
import type { Flow } from './work/flow.ts';

/** The log entry of an answered request. */
export interface AnsweredImage {
  readonly requestId: string;
  readonly method: string;
  /** Without the permission it may carry. */
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  /** Nothing was looked up, read or made for it. */
  readonly atOnce: boolean;
  readonly error?: unknown;
}

/** Where work waits for its turn. */
export interface ImageQueues {
  /** Originals to be read for what they cost. */
  readonly reading: FairQueue;
  readonly here: FairQueue;
  readonly renderer: FairQueue;
}

/** What requests are answered with. */
export interface ImageServing {
  readonly resolve: ResolveDeps;
  readonly origins: PictureOrigins;
  readonly prepared: PreparedResults;
  readonly results: Results;
  readonly clientAddress: ClientAddress;
  readonly queues: ImageQueues;
  readonly quotes: Quotes;
  readonly maker: MakerDeps;
  readonly objects: OriginalsStore;
  readonly metrics: ImagesMetrics;
  readonly faceDetector: string | undefined;
}

/**
 * Answers one request.
 * @param onAnswered called once the response is sent or its connection is gone
 */
export function answerImage(
  serving: ImageServing,
  exchange: Exchange,
  onAnswered: (request: AnsweredImage) => void,
): void {
  const { request, response } = exchange;
  const start = performance.now();
  const path = pathOf(request);
  if (answerAtOnce(serving, exchange, path)) {
    onAnswered(answered(exchange, { path, start, atOnce: true }));
    return;
  }
  let error: unknown;
  response.on('close', () => {
    const about = answered(exchange, { path, start, atOnce: false });
    onAnswered(error === undefined ? about : { ...about, error });
  });
  serve(serving, exchange, path).catch((thrown: unknown) => {
    error = thrown;
    answerError(thrown, exchange);
  });
}

function answered(
  { request, response, requestId }: Exchange,
  { path, start, atOnce }: { path: string; start: number; atOnce: boolean },
): AnsweredImage {
  return {
    requestId,
    method: request.method ?? '',
    path: withoutPermission(path),
    status: response.statusCode,
    durationMs: performance.now() - start,
    atOnce,
  };
}

/**
 * Answers with what is at hand, when all of it is: without a look-up, a promise or a listener, for most requests are for
 * pictures that many ask for. Says whether it has.
 */
function answerAtOnce(
  { origins: allOrigins, prepared, results, metrics }: ImageServing,
  asked: Exchange,
  path: string,
): boolean {
  const { method, headers } = asked.request;
  if (method !== 'GET' && method !== 'HEAD') return false;
  const known = prepared.find(path, headers);
  if (!known) return false;
  const origins = allOrigins.peek(known.file.tenant);
  if (origins === undefined) return false;
  const exchange = origins === asked.origins ? asked : { ...asked, origins };
  if (matchesNone(headers['if-none-match'], known.etag)) {
    sendUnchanged(exchange, known);
    return true;
  }
  const rendering = results.recall(known.key);
  if (!rendering) return false;
  metrics.served('memory', known.file.sizeBytes - rendering.bytes.length);
  sendResult(exchange, known, { rendering, level: 'memory' });
  return true;
}

async function serve(serving: ImageServing, asked: Exchange, path: string): Promise<void> {
  const { request } = asked;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new StorageError('common/method-not-allowed', 'Images are read with GET or HEAD.');
  }
  const resolved = await resolveImage(serving.resolve, path);
  const cacheControl = cacheControlOf(serving.resolve, resolved);
  const { file, plan, delivery } = resolved;
  const exchange = { ...asked, origins: await serving.origins.find(file.tenant) };
  if (!plan) {
    const { attachment } = delivery;
    const original = { file, cacheControl, ...(attachment !== undefined && { attachment }) };
    return sendOriginal(serving.objects, exchange, original);
  }
  const { clientHints } = serving.resolve.settings;
  const { faceDetector } = serving;
  const prepared = prepareResult(
    { resolved, plan, cacheControl, clientHints, faceDetector },
    request.headers,
  );
  if (isSteady(resolved)) serving.prepared.put(path, request.headers, prepared);
  return serveResult(serving, exchange, { prepared, recheck: resolved.recheck });
}

/** Whether the answer is the same for everybody, and does not change as time passes. */
function isSteady({ permission, delivery }: ResolvedImage): boolean {
  return permission.kind === 'public' && delivery.expiresAtMs === undefined;
}

async function serveResult(
  serving: ImageServing,
  exchange: Exchange,
  { prepared, recheck }: { prepared: PreparedResult; recheck: ResolvedImage['recheck'] },
): Promise<void> {
  const { results, metrics } = serving;
  const { method, headers } = exchange.request;
  if (matchesNone(headers['if-none-match'], prepared.etag)) return sendUnchanged(exchange, prepared);
  const found =
    method === 'HEAD'
      ? await results.find(prepared.key)
      : await results.get(
          prepared.key,
          makingOf(serving, { prepared, flow: flowOf(serving, exchange, prepared) }),
        );
  if (!found) return sendHeadersAlone(exchange, prepared);
  // Making takes time, in which the file may have been hidden.
  if (found.level === 'none') await recheck();
  metrics.served(found.level, prepared.file.sizeBytes - found.rendering.bytes.length);
  sendResult(exchange, prepared, found);
}

/** How a result is made: priced first, then when it is its turn. */
function makingOf(
  { quotes, queues, maker }: ImageServing,
  { prepared, flow }: { prepared: PreparedResult; flow: Flow },
): Making {
  let quote: Quote = { price: 0, isGuess: true, where: 'renderer' };
  return {
    enqueue: async (work) => {
      quote = await quotes.of(prepared, flow);
      return queues[quote.where].run({ flow, price: quote.price }, work);
    },
    make: () => makeResult(maker, prepared, { quote, flow }),
  };
}

function flowOf({ clientAddress }: ImageServing, { request }: Exchange, { file }: PreparedResult): Flow {
  const { tenant, ownerType, ownerId } = file;
  return {
    client: clientAddress(request),
    owner: `${tenant} ${ownerType} ${ownerId}`,
  };
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/** A permission opens what it was made for; it does not belong into a log. */
function withoutPermission(path: string): string {
  return path.replace(/^\/+~[^/]*/, '/~');
}
