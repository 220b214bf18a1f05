import type { IncomingMessage, ServerResponse } from 'node:http';
import { availableParallelism } from 'node:os';
import {
  type ImageFormat,
  type ImagePlan,
  imagePlanKey,
  type Limits,
  StorageError,
} from '@bkend/storage-contract';
import type { File } from '../files/file.ts';
import type { ObjectStore } from '../files/object-store.ts';
import type { FileNotices } from '../files/ports.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { Permission } from './access/permission.ts';
import { DiskCache } from './cache/disk-cache.ts';
import { FileLookup } from './cache/file-lookup.ts';
import { MemoryCache } from './cache/memory-cache.ts';
import { resultEtag, resultKey, sourceKey } from './cache/result-key.ts';
import { Results } from './cache/results.ts';
import { acceptedFormats } from './http/accepted-formats.ts';
import { answerError } from './http/answer-error.ts';
import { applyHints, hintHeaders } from './http/client-hints.ts';
import { matchesNone } from './http/conditional.ts';
import type { Exchange } from './http/exchange.ts';
import { sendOriginal } from './http/send-original.ts';
import { type ResultHeaders, sendHeadersAlone, sendResult, sendUnchanged } from './http/send-result.ts';
import { type MakerDeps, makeResult } from './make-result.ts';
import { type ImagesMetrics, noMetrics } from './metrics.ts';
import { Sources } from './pipeline/sources.ts';
import { createUrlReader } from './read-url.ts';
import { type ResolveDeps, type ResolvedImage, resolveImage } from './resolve-image.ts';
import type { ImagesSettings } from './settings.ts';
import { WorkQueue } from './work/work-queue.ts';

export interface ImagesDeps {
  /** A `public` file by its key; any other visibility is as if there were none. */
  readonly findPublicFile: (key: string) => Promise<File | undefined>;
  /** Any file by its key, for URLs that carry a permission. */
  readonly findFile: (tenant: Tenant, key: string) => Promise<File | undefined>;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly notices: FileNotices;
  readonly limits: Limits;
  readonly settings: ImagesSettings;
  readonly ticketSecret: string;
  /** Where results are kept between starts; nobody else writes there. */
  readonly cacheDirectory: string;
  readonly clock: () => Date;
  readonly newRequestId: () => string;
  readonly metrics?: ImagesMetrics;
}

/** What is told of a request once it is answered. */
export interface AnsweredImage {
  readonly requestId: string;
  readonly method: string;
  /** Without the permission it may carry. */
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  readonly error?: unknown;
}

export interface ImagesHost extends AsyncDisposable {
  /** Answers GET and HEAD of everything. */
  handle(request: IncomingMessage, response: ServerResponse): void;
}

const sourceCacheBytes = 64 * 1024 * 1024;

/** What answers one request. */
interface Serving {
  readonly resolve: ResolveDeps;
  readonly results: Results;
  readonly maker: MakerDeps;
  readonly objects: ImagesDeps['objects'];
  readonly metrics: ImagesMetrics;
}

/** Serves files that are public, or whose URL carries a permission: as they are, or as a URL's options make them. */
export async function openImagesHost(
  deps: ImagesDeps,
  onAnswered: (request: AnsweredImage) => void,
): Promise<ImagesHost> {
  const { settings, metrics = noMetrics, limits } = deps;
  const memory = new MemoryCache(settings.memoryCacheBytes);
  const disk = await DiskCache.open(deps.cacheDirectory, settings.diskCacheBytes);
  const queue = new WorkQueue({
    permits: availableParallelism(),
    maxQueued: settings.maxQueued,
    deadlineMs: settings.deadlineSeconds * 1000,
  });
  const results = new Results({ memory, disk, queue });
  const publicFiles = new FileLookup(deps.findPublicFile);
  const subscription = await deps.notices.subscribe({
    changed: (key) => {
      publicFiles.forget(key);
      void results.forget(sourceKey(key));
    },
    lost: () => publicFiles.clear(),
    regained: () => publicFiles.clear(),
  });
  metrics.watch({
    queued: () => queue.depth,
    running: () => queue.running,
    memoryBytes: () => memory.bytes,
    diskBytes: () => disk.bytes,
  });
  const sources = new Sources({ objects: deps.objects, limits }, sourceCacheBytes);
  const serving: Serving = {
    resolve: {
      settings,
      readUrl: createUrlReader(settings),
      ticketSecret: deps.ticketSecret,
      clock: deps.clock,
      publicFiles,
      findFile: deps.findFile,
    },
    results,
    maker: { sources, limits, metrics },
    objects: deps.objects,
    metrics,
  };
  return {
    handle: (request, response) =>
      answer(serving, { request, response, requestId: deps.newRequestId() }, onAnswered),
    async [Symbol.asyncDispose]() {
      await subscription[Symbol.asyncDispose]();
      await disk[Symbol.asyncDispose]();
    },
  };
}

function answer(serving: Serving, exchange: Exchange, onAnswered: (request: AnsweredImage) => void): void {
  const { request, response, requestId } = exchange;
  const start = performance.now();
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  let failure: unknown;
  response.on('close', () =>
    onAnswered({
      requestId,
      method: request.method ?? '',
      path: withoutPermission(path),
      status: response.statusCode,
      durationMs: performance.now() - start,
      ...(failure !== undefined && { error: failure }),
    }),
  );
  serve(serving, exchange, path).catch((error: unknown) => {
    failure = error;
    answerError(error, exchange);
  });
}

async function serve(serving: Serving, exchange: Exchange, path: string): Promise<void> {
  const { request } = exchange;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new StorageError('common/method-not-allowed', 'Images are read with GET or HEAD.');
  }
  const resolved = await resolveImage(serving.resolve, path);
  const { file, plan, delivery } = resolved;
  const cacheControl = cacheControlOf(serving.resolve, resolved);
  if (plan) return serveResult(serving, exchange, { resolved, plan, cacheControl });
  const { attachment } = delivery;
  return sendOriginal(serving.objects, exchange, {
    file,
    cacheControl,
    ...(attachment !== undefined && { attachment }),
  });
}

async function serveResult(
  serving: Serving,
  exchange: Exchange,
  { resolved, plan: asked, cacheControl }: { resolved: ResolvedImage; plan: ImagePlan; cacheControl: string },
): Promise<void> {
  const { request } = exchange;
  const { file, overlays, delivery } = resolved;
  const { clientHints } = serving.resolve.settings;
  const plan = clientHints ? applyHints(asked, request.headers) : asked;
  const negotiated = plan.output.format === undefined && !plan.meta;
  const accepted: readonly ImageFormat[] = negotiated
    ? acceptedFormats(request.headers.accept, file.mimeType)
    : [];
  const planKey = plan === asked ? resolved.planKey : imagePlanKey(plan);
  const key = resultKey({ file, overlays, planKey, accepted });
  const headers = headersOf({ resolved, etag: resultEtag(key), cacheControl, negotiated, clientHints });
  if (matchesNone(request.headers['if-none-match'], headers.ETag)) {
    sendUnchanged(exchange, headers);
    return;
  }
  const found =
    request.method === 'HEAD'
      ? await serving.results.find(key)
      : await serving.results.get(key, () => makeResult(serving.maker, { file, plan, overlays, accepted }));
  if (!found) return sendHeadersAlone(exchange, headers);
  // Making takes time, in which the file may have been hidden.
  if (found.level === 'none') await resolved.recheck();
  serving.metrics.hit(found.level);
  serving.metrics.saved(file.sizeBytes - found.rendering.bytes.length);
  const attachment = delivery.attachment === '' ? file.originalName : delivery.attachment;
  sendResult(exchange, headers, { ...found, ...(attachment !== undefined && { attachment }) });
}

function headersOf(facts: {
  resolved: ResolvedImage;
  etag: string;
  cacheControl: string;
  negotiated: boolean;
  clientHints: boolean;
}): ResultHeaders {
  const { resolved, etag, cacheControl, negotiated, clientHints } = facts;
  const vary = [...(negotiated ? ['Accept'] : []), ...(clientHints ? hintHeaders : [])];
  const ignored = resolved.ignoredFilters.join(', ');
  return {
    ETag: etag,
    'Cache-Control': cacheControl,
    ...(clientHints && { 'Accept-CH': 'Sec-CH-DPR, Sec-CH-Width' }),
    ...(vary.length > 0 && { Vary: vary.join(', ') }),
    ...(ignored !== '' && { 'X-Ignored-Filters': ignored }),
  };
}

/** What is public may be kept by everybody for a while, what is not by its viewer; neither beyond its end. */
function cacheControlOf(
  { settings, clock }: Pick<ResolveDeps, 'settings' | 'clock'>,
  { permission, delivery }: { permission: Permission; delivery: ResolvedImage['delivery'] },
): string {
  const ends = [
    delivery.expiresAtMs,
    permission.kind === 'ticket' ? permission.expiresAt.getTime() : undefined,
  ];
  const leftSeconds = ends.map((end) => (end === undefined ? Infinity : (end - clock().getTime()) / 1000));
  const maxAge = Math.max(0, Math.floor(Math.min(settings.maxAgeSeconds, ...leftSeconds)));
  if (permission.kind === 'ticket') return `private, max-age=${maxAge}`;
  const limited = maxAge < settings.maxAgeSeconds;
  return limited
    ? `public, max-age=${maxAge}`
    : `public, max-age=${maxAge}, stale-while-revalidate=${maxAge * 2}`;
}

/** A permission opens what it was made for; it does not belong into a log. */
function withoutPermission(path: string): string {
  return path.replace(/^\/+~[^/]*/, '/~');
}
