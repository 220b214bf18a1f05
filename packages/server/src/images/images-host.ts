import type { IncomingMessage, ServerResponse } from 'node:http';
import { availableParallelism } from 'node:os';
import type { Limits } from '@bkend/storage-contract';
import type { File } from '../files/file.ts';
import type { FileNotices } from '../files/ports.ts';
import type { ClientAddress } from '../http/client-address.ts';
import type { Tenant } from '../identity/tenant.ts';
import { type AnsweredImage, answerImage, type ImageQueues, type ImageServing } from './answer-image.ts';
import { DiskCache } from './cache/disk-cache.ts';
import { FileLookup } from './cache/file-lookup.ts';
import { MemoryCache } from './cache/memory-cache.ts';
import { Originals } from './cache/originals.ts';
import { sourceKey } from './cache/result-key.ts';
import { Results } from './cache/results.ts';
import { WriteBehind } from './cache/write-behind.ts';
import type { FaceDetector } from './faces/face-detector.ts';
import { Faces } from './faces/faces.ts';
import { hintHeaders } from './http/client-hints.ts';
import type { OriginalsStore } from './http/send-original.ts';
import { type ImagesMetrics, noMetrics } from './metrics.ts';
import type { PictureOrigins } from './picture-origins.ts';
import { PreparedResults } from './prepared-results.ts';
import { budgetMs } from './price/budget.ts';
import { Quotes } from './price/quotes.ts';
import { createUrlReader } from './read-url.ts';
import { RendererPool } from './renderers/renderer-pool.ts';
import type { ImagesSettings } from './settings.ts';
import { FairQueue } from './work/fair-queue.ts';
import { RecentUse } from './work/recent-use.ts';

export interface ImagesDeps {
  /** A `public` file by its key; any other visibility is as if there were none. */
  readonly findPublicFile: (key: string) => Promise<File | undefined>;
  /** Any file by its key, for URLs that carry a permission. */
  readonly findFile: (tenant: Tenant, key: string) => Promise<File | undefined>;
  readonly objects: OriginalsStore;
  readonly origins: PictureOrigins;
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

export interface ImagesHost extends AsyncDisposable {
  /** Answers GET and HEAD of everything. */
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** By how much more than the host's own threads the processes for expensive pictures give way. */
const renderersGiveWay = 2;

const originalsCacheBytes = 96 * 1024 * 1024;

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
  const queues: ImageQueues = {
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
  const serving: ImageServing = {
    resolve: {
      settings,
      readUrl: createUrlReader(settings),
      ticketSecret: deps.ticketSecret,
      clock: deps.clock,
      publicFiles,
      findFile: deps.findFile,
    },
    origins: deps.origins,
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
      answerImage(
        serving,
        { request, response, requestId: deps.newRequestId(), origins: deps.origins.service },
        onAnswered,
      ),
    async [Symbol.asyncDispose]() {
      await subscription[Symbol.asyncDispose]();
      await renderers[Symbol.asyncDispose]();
      await disk[Symbol.asyncDispose]();
    },
  };
}
