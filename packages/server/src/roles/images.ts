import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ImagesConfig } from '../config/images.ts';
import { ensureOwnTree } from '../data-dir/own-files.ts';
import { createClientAddress } from '../http/client-address.ts';
import { createHost } from '../http/create-host.ts';
import { limitByAddress } from '../http/limit-by-address.ts';
import { RateLimit } from '../http/rate-limit.ts';
import type { AnsweredImage } from '../images/answer-image.ts';
import { FaceThread } from '../images/faces/face-thread.ts';
import { findModel } from '../images/faces/weights.ts';
import { openImagesHost } from '../images/images-host.ts';
import { createImagesMetrics } from '../images/metrics.ts';
import { yieldToOthers } from '../images/work/yield-to-others.ts';
import type { Logger } from '../observability/logger.ts';
import { createRegistry } from '../observability/metrics.ts';
import { createRequestMetrics } from '../observability/request-metrics.ts';
import { createFileNotices } from '../postgres/files/file-notices.ts';
import { createFileRepository } from '../postgres/files/file-repository.ts';
import { createEnvironmentNotices } from '../postgres/projects/environment-notices.ts';
import { createEnvironmentRepository } from '../postgres/projects/environment-repository.ts';
import { createEnvironmentCache } from '../projects/environment-cache.ts';
import { openDatabase, openObjects } from './backends.ts';
import { drainTimeMs } from './drain-time.ts';
import { imageTicketSecret } from './image-ticket-secret.ts';
import { openOperations } from './open-operations.ts';
import type { StartRole } from './role.ts';

/** As long as a file is believed: within the 5 seconds in which a change must be in force. */
const unheardForMs = 4_000;

/** The image CDN. */
export const startImages: StartRole = async (config, log) => {
  yieldToOthers(config.images.niceness);
  const registry = createRegistry('images');
  const metrics = createRequestMetrics(registry);
  const [database, objects] = await Promise.all([openDatabase(config, 'images'), openObjects(config, log)]);
  const files = createFileRepository(database);
  const { corsOrigins } = config.api;
  const environments = await createEnvironmentCache(
    createEnvironmentRepository(database),
    createEnvironmentNotices(database),
    { limits: config.limits, corsOrigins, unheardForMs },
  );
  const operations = await openOperations(config.operations.images, {
    checks: { database: () => database.check(), bucket: () => objects.check() },
    registry,
    newRequestId: randomUUID,
    log,
  });
  const faceThread = openFaceThread(config.images, log);
  const clientAddress = createClientAddress(config.connections.trustedProxies);
  const images = await openImagesHost(
    {
      findPublicFile: files.findPublicByKey,
      findFile: files.findByKey,
      objects,
      origins: {
        service: corsOrigins,
        find: async (tenant) => (await environments.findSettings(tenant)).corsOrigins,
        peek: (tenant) => environments.peekSettings(tenant)?.corsOrigins,
      },
      notices: createFileNotices(database),
      limits: config.limits,
      settings: config.images,
      ticketSecret: await imageTicketSecret(config),
      cacheDirectory: config.images.cacheDirectory ?? (await ownCacheDirectory(config.dataDir)),
      clock: () => new Date(),
      newRequestId: randomUUID,
      clientAddress,
      metrics: createImagesMetrics(registry),
      niceness: config.images.niceness,
      ...(faceThread && { faceDetector: faceThread }),
    },
    (answered) => {
      const { method, status, durationMs } = answered;
      metrics.count({ method, route: '/{options}/{key}', status, durationMs });
      logAnswer(log, answered);
    },
  );
  const { server, connections } = createHost({
    first: [
      operations.health,
      limitByAddress(new RateLimit(config.connections.imagesPerMinute), {
        clientAddress,
        newRequestId: randomUUID,
        origins: corsOrigins,
      }),
    ],
    listener: images.handle,
    newRequestId: randomUUID,
    maxConnections: config.connections.max,
  });
  const { host, port, publicUrl } = config.images;
  server.listen(port, host);
  await once(server, 'listening');
  return {
    url: publicUrl,
    operationsUrl: operations.url,
    stop: async () => {
      await connections.drain(drainTimeMs(config));
      await operations.close();
      await images[Symbol.asyncDispose]();
      await environments[Symbol.asyncDispose]();
      await faceThread?.[Symbol.asyncDispose]();
      await objects[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
};

async function ownCacheDirectory(dataDir: string): Promise<string> {
  const path = join(dataDir, 'image-results');
  await ensureOwnTree(path, 2);
  return path;
}

/** What looks for faces, where that is wanted and the optional package with what it has learnt is installed. */
function openFaceThread({ faces, niceness }: ImagesConfig, log: Logger): FaceThread | undefined {
  const directory = faces === 'auto' ? findModel() : undefined;
  log.info({ smartCrops: directory === undefined ? 'attention' : 'faces, then attention' }, 'smart crops');
  if (directory === undefined) return undefined;
  const onFailure = (error: Error) => log.warn({ err: error }, 'looking for faces failed');
  return new FaceThread({ directory, niceness, onFailure });
}

/** A line costs as much as sending a picture that is at hand, so those have theirs at `debug`. */
function logAnswer(log: Logger, answered: AnsweredImage): void {
  if (answered.atOnce) {
    log.debug(answered, 'request');
    return;
  }
  const { error, ...request } = answered;
  if (request.status >= 500) log.error({ ...request, err: error }, 'request failed');
  else log.info(request, 'request');
}
