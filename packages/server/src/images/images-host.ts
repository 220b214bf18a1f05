import type { IncomingMessage, ServerResponse } from 'node:http';
import { availableParallelism } from 'node:os';
import type { ClientAddress } from '@bkend/http';
import type { Limits } from '@bkend/storage-contract';
import type { File } from '../files/file.ts';
import type { FileNotifications } from '../files/ports.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { AnsweredRequest } from '../observability/request-log.ts';
import { DiskCache, WriteBehind } from './cache/disk-cache.ts';
import { FileLookup } from './cache/file-lookup.ts';
import { Originals } from './cache/originals.ts';
import { sourceKey } from './cache/rendition-key.ts';
import { MemoryCache, Renditions } from './cache/renditions.ts';
import { FairQueue, type Flow, RecentUse } from './concurrency/fair-queue.ts';
import { budgetMs, Estimates } from './cost/estimates.ts';
import { type FaceDetector, Faces } from './faces/faces.ts';
import { type AnswerDeps, answerImage } from './host/answer-image.ts';
import { type ImageQueues, ownerOf } from './host/find-or-render.ts';
import { hintHeaders, NegotiationCache } from './host/negotiate.ts';
import { createUrlParser } from './host/resolve.ts';
import type { ImageOrigins } from './host/respond.ts';
import type { OriginalsStore } from './host/send-original.ts';
import { type ImagesMetrics, noMetrics } from './metrics.ts';
import { RendererPool } from './renderers/renderer-pool.ts';
import { type ImagesSettings, originalsCacheBytes } from './settings.ts';
import type { DecodeForeign } from './transform/original.ts';

export interface ImagesDeps {
  /** A `public` file by its key; undefined for any other visibility. */
  readonly findPublicFile: (key: string) => Promise<File | undefined>;
  /** Any file by its key, for signed image URLs. */
  readonly findFile: (tenant: Tenant, key: string) => Promise<File | undefined>;
  readonly objects: OriginalsStore;
  readonly origins: ImageOrigins;
  readonly notifications: FileNotifications;
  readonly limits: Limits;
  readonly settings: ImagesSettings;
  /** The key of signed image URLs. */
  readonly imageUrlSecret: string;
  /** Directory of the disk cache, kept between starts; no other process writes there. */
  readonly cacheDirectory: string;
  readonly clock: () => Date;
  readonly newRequestId: () => string;
  /** Network address of the client of a request, by which the queues are fair. */
  readonly clientAddress: ClientAddress;
  readonly metrics?: ImagesMetrics;
  /** Without one, smart crops go by saliency. */
  readonly faceDetector?: FaceDetector;
}

export interface ImagesHost extends AsyncDisposable {
  /** Answers every GET and HEAD. */
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** Niceness of renderers beyond that of the host's own threads. */
const rendererNiceness = 2;

/** Opens the images host: it serves files that are public, or whose signed URL allows it, as originals or as renditions. */
export async function openImagesHost(
  deps: ImagesDeps,
  onAnswered: (request: AnsweredRequest) => void,
): Promise<ImagesHost> {
  const { settings, metrics = noMetrics, limits, faceDetector, objects, clock, clientAddress } = deps;
  const memory = new MemoryCache(settings.memoryCacheBytes);
  const diskCache = await DiskCache.open(deps.cacheDirectory, settings.diskCacheBytes);
  const disk = new WriteBehind(diskCache);
  const renditions = new Renditions({ memory, disk });
  const queues = openQueues(settings);
  const niceness = Math.min(settings.niceness + rendererNiceness, 19);
  const renderers = new RendererPool({ niceness, budgetMs, faceDetector });
  const decodeFor =
    (file: File, flow: Flow): DecodeForeign =>
    (bytes, type) => {
      const foreign = { ...{ key: file.key, flow, type, bytes }, maxPixels: limits.maxSourceImagePixels };
      return queues.decoding.run({ flow, costMs: bytes.length / 1_000 }, () => renderers.decode(foreign));
    };
  // One that was evicted meanwhile is decoded again, on behalf of its owner.
  const again = (file: File) => decodeFor(file, { client: '', owner: ownerOf(file) });
  const originals = new Originals({ objects, limits, decode: again }, originalsCacheBytes);
  const publicFiles = new FileLookup(deps.findPublicFile);
  const subscription = await deps.notifications.subscribe({
    changed: (key) => {
      publicFiles.remove(key);
      originals.remove(key);
      void renditions.remove(sourceKey(key));
    },
    lost: () => publicFiles.clear(),
    regained: () => publicFiles.clear(),
  });
  metrics.watch({
    queued: () => queues.inHost.depth + queues.renderer.depth,
    running: () => queues.inHost.running + queues.renderer.running,
    memoryBytes: () => memory.bytes,
    diskBytes: () => diskCache.bytes,
  });
  const { reading } = queues;
  const decode = (file: File, flow: Flow) => originals.of(file).decodedBy(decodeFor(file, flow));
  const looksForFaces = faceDetector !== undefined;
  const estimates = new Estimates({ originals, limits, reading, looksForFaces, decode });
  const faces = faceDetector && new Faces(faceDetector);
  const answerDeps: AnswerDeps = {
    resolve: {
      ...{ settings, clock, publicFiles },
      parseUrl: createUrlParser(settings),
      imageUrlSecret: deps.imageUrlSecret,
      findFile: deps.findFile,
    },
    origins: deps.origins,
    negotiations: new NegotiationCache(publicFiles, ['Accept', ...(settings.clientHints ? hintHeaders : [])]),
    render: {
      ...{ renditions, estimates, queues, originals, renderers, limits, metrics },
      ...(faces && { faces }),
    },
    ...{ clientAddress, objects, metrics },
    faceDetector: faceDetector?.name,
  };
  const { service } = deps.origins;
  return {
    handle: (request, response) =>
      answerImage(
        answerDeps,
        { request, response, requestId: deps.newRequestId(), origins: service },
        onAnswered,
      ),
    async [Symbol.asyncDispose]() {
      await subscription[Symbol.asyncDispose]();
      await renderers[Symbol.asyncDispose]();
      await disk[Symbol.asyncDispose]();
    },
  };
}

/** Slots by the number of cores. Renderers have queues of their own: a flood of expensive images delays no cheap one. */
function openQueues({ maxQueued, deadlineSeconds }: ImagesSettings): ImageQueues {
  const shared = { maxQueued, deadlineMs: deadlineSeconds * 1000, use: new RecentUse() };
  const cores = availableParallelism();
  const half = Math.ceil(cores / 2);
  return {
    reading: new FairQueue({ ...shared, slots: cores, extraSlots: cores }),
    inHost: new FairQueue({ ...shared, slots: cores, extraSlots: cores }),
    renderer: new FairQueue({ ...shared, slots: half, extraSlots: half }),
    decoding: new FairQueue({ ...shared, slots: half, extraSlots: half }),
  };
}
