import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createClientAddress, createHost, limitByAddress, RateLimit } from '@bkend/http';
import type { Origins } from '@bkend/storage-contract';
import type { ImagesConfig } from '../config/images.ts';
import { ensureOwnTree } from '../data-dir/own-files.ts';
import type { File } from '../files/file.ts';
import { lowerPriority } from '../images/concurrency/lower-priority.ts';
import { FaceThread } from '../images/faces/face-thread.ts';
import { findModel } from '../images/faces/weights.ts';
import { hasFonts } from '../images/fonts.ts';
import { hasHeif, heifPackage } from '../images/formats/heif.ts';
import { openImagesHost } from '../images/images-host.ts';
import type { Logger } from '../observability/logger.ts';
import { createImageMetrics, createRegistry, createRequestMetrics } from '../observability/metrics.ts';
import { createRequestLog } from '../observability/request-log.ts';
import { createFileRepository } from '../postgres/file-repository.ts';
import { createEnvironmentNotifications, createFileNotifications } from '../postgres/notifications.ts';
import { createEnvironmentRepository } from '../postgres/projects/environment-repository.ts';
import { createEnvironmentCache, type EnvironmentCache } from '../projects/environment-cache.ts';
import { openDatabase, openObjects } from './backends.ts';
import { allowConsole } from './console-origin.ts';
import { openOperations } from './open-operations.ts';
import type { StartRole } from './role.ts';
import { signedImageUrlSecret } from './signing-secrets.ts';

/** Milliseconds for which a file is cached without notifications: a change must be in force within 5 seconds. */
const maxAgeWithoutNotificationsMs = 4_000;

/** Starts the image CDN. */
export const startImages: StartRole = async (config, log) => {
  lowerPriority(config.images.niceness);
  const registry = createRegistry('images');
  const [database, objects] = await Promise.all([openDatabase(config, 'images'), openObjects(config, log)]);
  const files = createFileRepository(database);
  const { corsOrigins } = config.api;
  const withConsole = (origins: Origins) => allowConsole(config, origins);
  const environments = await createEnvironmentCache(
    createEnvironmentRepository(database),
    createEnvironmentNotifications(database),
    { limits: config.limits, corsOrigins, maxAgeWithoutNotificationsMs },
  );
  const operations = await openOperations(config.operations.images, {
    checks: { database: () => database.check(), bucket: () => objects.check() },
    registry,
    newRequestId: randomUUID,
    log,
  });
  const faceThread = openFaceThread(config.images, log);
  reportFormats(log);
  void reportFonts(log);
  const clientAddress = createClientAddress(config.connections.trustedProxies);
  const images = await openImagesHost(
    {
      findPublicFile: async (key) => ofLiveEnvironment(environments, await files.findPublicByKey(key)),
      findFile: async (tenant, key) => ofLiveEnvironment(environments, await files.findByKey(tenant, key)),
      objects,
      origins: {
        service: withConsole(corsOrigins),
        find: async (tenant) => withConsole((await environments.findSettings(tenant)).corsOrigins),
        peek: (tenant) => {
          const settings = environments.peekSettings(tenant);
          return settings && withConsole(settings.corsOrigins);
        },
      },
      notifications: createFileNotifications(database),
      limits: config.limits,
      settings: config.images,
      imageUrlSecret: await signedImageUrlSecret(config),
      cacheDirectory: config.images.cacheDirectory ?? (await ownCacheDirectory(config.dataDir)),
      clock: () => new Date(),
      newRequestId: randomUUID,
      clientAddress,
      metrics: createImageMetrics(registry),
      ...(faceThread && { faceDetector: faceThread }),
    },
    createRequestLog({
      log,
      metrics: createRequestMetrics(registry),
      route: '/{options}/{key}',
      // Sending a rendition from memory costs no more than writing its line.
      isRoutine: ({ atOnce = false }) => atOnce,
    }),
  );
  const { server, connections } = createHost({
    first: [
      operations.health,
      limitByAddress(new RateLimit(config.connections.imagesPerMinute), {
        clientAddress,
        newRequestId: randomUUID,
        origins: withConsole(corsOrigins),
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
    announceStop: operations.announceStop,
    stop: async (drainMs) => {
      await connections.drain(drainMs);
      await operations.close();
      await images[Symbol.asyncDispose]();
      await environments[Symbol.asyncDispose]();
      await faceThread?.[Symbol.asyncDispose]();
      await objects[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
};

/** A file, unless its environment is being deleted: then there is none. */
async function ofLiveEnvironment(
  { find }: Pick<EnvironmentCache, 'find'>,
  file: File | undefined,
): Promise<File | undefined> {
  return file !== undefined && (await find(file.tenant))?.deletingSince !== undefined ? undefined : file;
}

async function ownCacheDirectory(dataDir: string): Promise<string> {
  const path = join(dataDir, 'image-results');
  await ensureOwnTree(path, 2);
  return path;
}

function reportFormats(log: Logger): void {
  if (hasHeif()) return;
  log.warn(
    `this machine does not read HEIC, the photographs of iPhones: install the npm package ${heifPackage}`,
  );
}

async function reportFonts(log: Logger): Promise<void> {
  if (await hasFonts()) return;
  log.warn(
    'this machine has no fonts: text in SVG and label() is drawn as boxes; install a package such as fonts-dejavu-core or fonts-noto',
  );
}

/** Starts the thread that detects faces, where that is on and the optional package with the model is installed. */
function openFaceThread({ faces, niceness }: ImagesConfig, log: Logger): FaceThread | undefined {
  const directory = faces === 'auto' ? findModel() : undefined;
  log.info({ smartCrops: directory === undefined ? 'attention' : 'faces, then attention' }, 'smart crops');
  if (directory === undefined) return undefined;
  const onFailure = (error: Error) => log.warn({ err: error }, 'face detection failed');
  return new FaceThread({ directory, niceness, onFailure });
}
