import { randomUUID } from 'node:crypto';
import { createClientAddress, RateLimit, uniteOrigins } from '@bkend/http';
import { v7 as uuidv7 } from 'uuid';
import type { ApiDeps } from '../api/api.ts';
import { createApi } from '../api/create-api.ts';
import { EventStreams } from '../api/event-streams.ts';
import type { Config } from '../config/config.ts';
import { EventFeed } from '../events/event-feed.ts';
import { writeMarker } from '../jobs/installation-marker.ts';
import type { Logger } from '../observability/logger.ts';
import { createRegistry, createRequestMetrics, createStreamMetrics } from '../observability/metrics.ts';
import { createRequestLog } from '../observability/request-log.ts';
import { createWebhookSender } from '../outbound/send-webhook.ts';
import { readVersion } from '../package-file.ts';
import { createInstallationRecord } from '../postgres/database/installation.ts';
import { watchOlderProcesses } from '../postgres/database/older-processes.ts';
import { createEventRepository } from '../postgres/events/event-repository.ts';
import { createFileRepository } from '../postgres/file-repository.ts';
import { createFolderRepository } from '../postgres/folder-repository.ts';
import { createEnvironmentNotifications } from '../postgres/notifications.ts';
import { createOperationRepository } from '../postgres/operations/operation-repository.ts';
import { createEnvironmentRepository } from '../postgres/projects/environment-repository.ts';
import { createUploadRepository } from '../postgres/uploads/upload-repository.ts';
import { createUsageLedger } from '../postgres/usage/usage-ledger.ts';
import { createVersionRepository } from '../postgres/versions/version-repository.ts';
import { createWebhookRepository } from '../postgres/webhooks/webhook-repository.ts';
import { createEnvironmentCache } from '../projects/environment-cache.ts';
import { followOrigins } from '../projects/follow-origins.ts';
import type { ServiceDefaults } from '../projects/setting.ts';
import { OpenUploadsBudget } from '../uploads/open-uploads.ts';
import { Quotas } from '../uploads/quotas.ts';
import { openDatabase, openReadyObjects } from './backends.ts';
import { openCallers } from './open-callers.ts';
import { openOperations } from './open-operations.ts';
import type { StartRole } from './role.ts';
import { serviceTokens, signedImageUrlSecret } from './signing-secrets.ts';

const clock = () => new Date();

/** Longer than the other roles take to start, which share the processor. */
const warmUpAfterMs = 2000;

/** Starts the REST API. */
export const startApi: StartRole = async (config, log) => {
  const registry = createRegistry('api');
  const backends = await openBackends(config, log);
  const { database, objects, environments, environmentRepository, olderProcesses, service } = backends;
  const callers = await openCallers({
    ...{ database, environments, environmentRepository, tokens: backends.tokens, registry, log },
  });
  const operations = await openOperations(config.operations.api, {
    checks: { database: () => database.check(), bucket: () => objects.check() },
    registry,
    newRequestId: uuidv7,
    log,
  });
  const feed = new EventFeed({
    events: createEventRepository(database),
    onError: (error) => log.warn({ err: error }, 'events could not be read for streams'),
  });
  const streams = new EventStreams({
    maxPerCaller: config.connections.eventStreamsPerCaller,
    authenticate: callers.authenticate,
  });
  createStreamMetrics(registry, () => streams.count);
  const webhookSender = createWebhookSender({ mayBePrivate: config.webhooks.allowPrivate, timeoutMs: 0 });
  const { api, connections } = await createApi({
    files: filesDeps(config, backends),
    projects: projectsDeps(backends),
    events: { events: createEventRepository(database), imageUrl: imageUrlOf(config), feed, streams },
    webhooks: {
      webhooks: createWebhookRepository(database),
      refusalOf: webhookSender.refusalOf,
      clock,
      newId: uuidv7,
    },
    authenticate: callers.authenticate,
    limit: new RateLimit(config.limits.rateLimitPerMinute),
    clientAddress: createClientAddress(config.connections.trustedProxies),
    crossOrigin: { ...service, ...environments },
    publicUrl: config.api.publicUrl,
    newRequestId: uuidv7,
    health: operations.health,
    maxConnections: config.connections.max,
    // Loaded with the first message: most installations have none.
    answerMcp: async (exchange) => {
      const { answerMcp } = await import('../mcp/answer-mcp.ts');
      return answerMcp({ ...exchange, version: readVersion() });
    },
    onAnswered: createRequestLog({
      log,
      metrics: createRequestMetrics(registry),
      // The description, and paths that do not exist.
      isRoutine: ({ route }) => route?.startsWith('/v1') !== true,
    }),
  });
  const url = await api.listen({ host: config.api.host, port: config.api.port });
  const bucketOrigins = await followOrigins({
    find: backends.findBucketOrigins,
    allow: objects.allowOrigins,
    notifications: backends.environmentNotifications,
    onFailure: (error) => log.warn({ err: error }, 'the origins that the bucket allows could not be set'),
  });
  const warming = setTimeout(
    () =>
      void warmUp(backends, bucketOrigins, log).catch((error: unknown) =>
        log.warn({ err: error }, 'not ready'),
      ),
    warmUpAfterMs,
  );
  return {
    url,
    operationsUrl: operations.url,
    createFirstKeys: callers.createFirstKeys,
    announceStop: operations.announceStop,
    stop: async (drainMs) => {
      clearTimeout(warming);
      streams[Symbol.dispose]();
      await bucketOrigins[Symbol.asyncDispose]();
      await connections.drain(drainMs, () => api.close());
      await feed[Symbol.asyncDispose]();
      await operations.close();
      await callers[Symbol.asyncDispose]();
      await environments[Symbol.asyncDispose]();
      await olderProcesses[Symbol.asyncDispose]();
      await objects[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
};

type Backends = Awaited<ReturnType<typeof openBackends>>;

/** Opens the database, the object store and the secrets, and what the API keeps of environments and of older processes. */
async function openBackends(config: Config, log: Logger) {
  const opening = openDatabase(config, 'api');
  const findBucketOrigins = async () => {
    const own = await createEnvironmentRepository(await opening).listOrigins();
    return uniteOrigins(config.api.corsOrigins, own);
  };
  const [database, objects, tokens, imageUrlSecret] = await Promise.all([
    opening,
    openReadyObjects(config, log, findBucketOrigins),
    serviceTokens(config),
    signedImageUrlSecret(config),
  ]);
  const olderProcesses = await watchOlderProcesses(database);
  const service: ServiceDefaults = { limits: config.limits, corsOrigins: config.api.corsOrigins };
  const environmentRepository = createEnvironmentRepository(database);
  const environmentNotifications = createEnvironmentNotifications(database);
  const environments = await createEnvironmentCache(environmentRepository, environmentNotifications, service);
  return {
    ...{ database, objects, tokens, imageUrlSecret, olderProcesses, service, findBucketOrigins },
    ...{ environments, environmentRepository, environmentNotifications },
  };
}

/** Dependencies of the verbs over files and uploads. */
function filesDeps(config: Config, backends: Backends): ApiDeps['files'] {
  const { database, objects, environments, olderProcesses, imageUrlSecret } = backends;
  const uploads = createUploadRepository(database);
  return {
    files: createFileRepository(database),
    folders: createFolderRepository(database),
    operations: createOperationRepository(database),
    versions: createVersionRepository(database),
    uploads,
    openUploads: new OpenUploadsBudget(uploads),
    quotas: new Quotas(createUsageLedger(database)),
    usage: createUsageLedger(database),
    objects,
    clock,
    newId: uuidv7,
    limits: config.limits,
    hasOlderProcesses: olderProcesses.areThere,
    findSettings: environments.findSettings,
    imageUrl: imageUrlOf(config),
    hasPublicAddresses: config.images.hasPublicAddresses,
    imageUrlSecret,
  };
}

const imageUrlOf = (config: Config) => (path: string) => `${config.images.publicUrl}/${path}`;

/** Dependencies of the verbs over environments; a change is in force in this process at once. */
function projectsDeps({ environments, environmentRepository, service }: Backends): ApiDeps['projects'] {
  return {
    environments: {
      ...environmentRepository,
      async change(tenant, decide) {
        const changed = await environmentRepository.change(tenant, decide);
        environments.invalidate();
        return changed;
      },
    },
    service,
    clock,
    newId: randomUUID,
  };
}

/** Loads the S3 client after the start, not when the first file is registered, and marks the bucket as this installation's. */
async function warmUp(
  { objects, database }: Backends,
  bucketOrigins: { refresh(): void },
  log: Logger,
): Promise<void> {
  await objects.warmUp();
  bucketOrigins.refresh();
  const installation = createInstallationRecord(database);
  const marker = await writeMarker({ objects, installation, clock }, { again: false });
  if (marker !== 'ours') log.warn({ marker }, 'the bucket is not marked as this installation’s');
}
