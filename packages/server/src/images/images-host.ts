import type { IncomingMessage, ServerResponse } from 'node:http';
import { availableParallelism } from 'node:os';
import { type Limits, StorageError } from '@bkend/storage-contract';
import type { File } from '../files/file.ts';
import type { FileNotices } from '../files/ports.ts';
import type { ClientAddress } from '../http/client-address.ts';
import type { Tenant } from '../identity/tenant.ts';
import { DiskCache } from './cache/disk-cache.ts';
import { FileLookup } from './cache/file-lookup.ts';
import { MemoryCache } from './cache/memory-cache.ts';
import { Originals } from './cache/originals.ts';
import { sourceKey } from './cache/result-key.ts';
import { type Making, Results } from './cache/results.ts';
import { WriteBehind } from './cache/write-behind.ts';
import type { FaceDetector } from './faces/face-detector.ts';
import { Faces } from './faces/faces.ts';
import { answerError } from './http/answer-error.ts';
import { cacheControlOf } from './http/cache-control.ts';
import { hintHeaders } from './http/client-hints.ts';
import { matchesNone } from './http/conditional.ts';
import type { Exchange } from './http/exchange.ts';
import { type OriginalsStore, sendOriginal } from './http/send-original.ts';
import { sendHeadersAlone, sendResult, sendUnchanged } from './http/send-result.ts';
import { type MakerDeps, makeResult } from './make-result.ts';
import { type ImagesMetrics, noMetrics } from './metrics.ts';
import { type PreparedResult, prepareResult } from './prepare-result.ts';
import { PreparedResults } from './prepared-results.ts';
import { budgetMs } from './price/budget.ts';
import { type Quote, Quotes } from './price/quotes.ts';
import { createUrlReader } from './read-url.ts';
import { RendererPool } from './renderers/renderer-pool.ts';
import { type ResolveDeps, type ResolvedImage, resolveImage } from './resolve-image.ts';
import type { ImagesSettings } from './settings.ts';
import { FairQueue } from './work/fair-queue.ts';
import type { Flow } from './work/flow.ts';
import { RecentUse } from './work/recent-use.ts';

export interface ImagesDeps {
  /** A `public` file by its key; any other visibility is as if there were none. */
  readonly findPublicFile: (key: string) => Promise<File | undefined>;
  /** Any file by its key, for URLs that carry a permission. */
  readonly findFile: (tenant: Tenant, key: string) => Promise<File | undefined>;
  readonly objects: OriginalsStore;
  readonly notices: FileNotices;
  readonly limits: Limits;
  readonly settings: ImagesSettings;
  readonly ticketSecret: string;
  /** Where results are kept between starts; no other process writes there. */
  readonly cacheDirectory: string;
  readonly clock: () => Date;
  readonly newRequestId: () => string;
  /** Where a request comes from: requests of one address share what the host gives to them. */
  readonly clientAddress: ClientAddress;
  readonly metrics?: ImagesMetrics;
  /** By how much processes for pictures give way to others, 0 to 19. */
  readonly niceness?: number;
  /** Smart crops go by what draws attention where it is absent. */
  readonly faceDetector?: FaceDetector;
}

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

export interface ImagesHost extends AsyncDisposable {
  /** Answers GET and HEAD of everything. */
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** By how much more than the host's own threads the processes for expensive pictures give way. */
const renderersGiveWay = 2;

const originalsCacheBytes = 96 * 1024 * 1024;

/** Where work waits for its turn. */
interface Queues {
  /** Originals to be read for what they cost. */
  readonly reading: FairQueue;
  readonly here: FairQueue;
  readonly renderer: FairQueue;
}

/** What answers one request. */
interface Serving {
  readonly resolve: ResolveDeps;
  readonly prepared: PreparedResults;
  readonly results: Results;
  readonly clientAddress: ClientAddress;
  readonly queues: Queues;
  readonly quotes: Quotes;
  readonly maker: MakerDeps;
  readonly objects: ImagesDeps['objects'];
  readonly metrics: ImagesMetrics;
  readonly faceDetector: string | undefined;
}

/** Serves files that are public, or whose URL carries a permission: as they are, or as a URL's options make them. */
export async function openImagesHost(
  deps: ImagesDeps,
  onAnswered: (request: AnsweredImage) => void,
): Promise<ImagesHost> {
  const { settings, metrics = noMetrics, limits } = deps;
  const memory = new MemoryCache(settings.memoryCacheBytes);
  const files = await DiskCache.open(deps.cacheDirectory, settings.diskCacheBytes);
  const disk = new WriteBehind(files);
  const patience = {
    maxQueued: settings.maxQueued,
    deadlineMs: settings.deadlineSeconds * 1000,
    use: new RecentUse(),
  };
  const cores = availableParallelism();
  const queues: Queues = {
    reading: new FairQueue({ ...patience, permits: cores, extra: cores }),
    here: new FairQueue({ ...patience, permits: cores, extra: cores }),
    // A crowd of expensive pictures keeps no cheap one waiting.
    renderer: new FairQueue({ ...patience, permits: Math.ceil(cores / 2), extra: Math.ceil(cores / 2) }),
  };
  const results = new Results({ memory, disk });
  const originals = new Originals({ objects: deps.objects, limits }, originalsCacheBytes);
  const publicFiles = new FileLookup(deps.findPublicFile);
  const subscription = await deps.notices.subscribe({
    changed: (key) => {
      publicFiles.forget(key);
      originals.forget(key);
      void results.forget(sourceKey(key));
    },
    lost: () => publicFiles.clear(),
    regained: () => publicFiles.clear(),
  });
  metrics.watch({
    queued: () => queues.here.depth + queues.renderer.depth,
    running: () => queues.here.running + queues.renderer.running,
    memoryBytes: () => memory.bytes,
    diskBytes: () => files.bytes,
  });
  const { faceDetector, niceness = 0 } = deps;
  const renderers = new RendererPool({
    niceness: Math.min(niceness + renderersGiveWay, 19),
    budgetMs,
    faceDetector,
  });
  const serving: Serving = {
    resolve: {
      settings,
      readUrl: createUrlReader(settings),
      ticketSecret: deps.ticketSecret,
      clock: deps.clock,
      publicFiles,
      findFile: deps.findFile,
    },
    prepared: new PreparedResults(publicFiles, ['Accept', ...(settings.clientHints ? hintHeaders : [])]),
    results,
    clientAddress: deps.clientAddress,
    queues,
    maker: {
      originals,
      renderers,
      limits,
      metrics,
      ...(faceDetector && { faces: new Faces(faceDetector) }),
    },
    quotes: new Quotes({
      originals,
      limits,
      reading: queues.reading,
      looksForFaces: faceDetector !== undefined,
    }),
    faceDetector: faceDetector?.name,
    objects: deps.objects,
    metrics,
  };
  return {
    handle: (request, response) =>
      answer(serving, { request, response, requestId: deps.newRequestId() }, onAnswered),
    async [Symbol.asyncDispose]() {
      await subscription[Symbol.asyncDispose]();
      await renderers[Symbol.asyncDispose]();
      await disk[Symbol.asyncDispose]();
    },
  };
}

function answer(serving: Serving, exchange: Exchange, onAnswered: (request: AnsweredImage) => void): void {
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
function answerAtOnce({ prepared, results, metrics }: Serving, exchange: Exchange, path: string): boolean {
  const { method, headers } = exchange.request;
  if (method !== 'GET' && method !== 'HEAD') return false;
  const known = prepared.find(path, headers);
  if (!known) return false;
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

async function serve(serving: Serving, exchange: Exchange, path: string): Promise<void> {
  const { request } = exchange;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new StorageError('common/method-not-allowed', 'Images are read with GET or HEAD.');
  }
  const resolved = await resolveImage(serving.resolve, path);
  const cacheControl = cacheControlOf(serving.resolve, resolved);
  const { file, plan, delivery } = resolved;
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
  serving: Serving,
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
  { quotes, queues, maker }: Serving,
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

function flowOf({ clientAddress }: Serving, { request }: Exchange, { file }: PreparedResult): Flow {
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
