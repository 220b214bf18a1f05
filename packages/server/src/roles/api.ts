import { createClientAddress, RateLimit } from '@bkend/http';
import { v7 as uuidv7 } from 'uuid';
import { createApi } from '../api/create-api.ts';
import { writeMarker } from '../jobs/installation-marker.ts';
import type { Logger } from '../observability/logger.ts';
import { createRegistry, createRequestMetrics } from '../observability/metrics.ts';
import { createRequestLog } from '../observability/request-log.ts';
import { readVersion } from '../package-file.ts';
import { createInstallationRecord } from '../postgres/database/installation.ts';
import { followOrigins } from '../projects/follow-origins.ts';
import { openCallers } from './open-callers.ts';
import { openEventStreams } from './open-event-streams.ts';
import { openOperations } from './open-operations.ts';
import type { StartRole } from './role.ts';
import { type Backends, openBackends, routesDeps } from './routes-deps.ts';
import { serviceTokens } from './signing-secrets.ts';

const clock = () => new Date();

/** Longer than the other roles take to start, which share the processor. */
const warmUpAfterMs = 2000;

/** Starts the REST API. */
export const startApi: StartRole = async (config, log) => {
  const registry = createRegistry('api');
  const [backends, tokens] = await Promise.all([openBackends('api', config, log), serviceTokens(config)]);
  const { database, objects, environments, environmentRepository, service } = backends;
  const callers = await openCallers({
    ...{ database, environments, environmentRepository, tokens, registry, log },
  });
  const operations = await openOperations(config.operations.api, {
    checks: { database: () => database.check(), bucket: () => objects.check() },
    registry,
    newRequestId: uuidv7,
    log,
  });
  const streams = openEventStreams(config, { database, registry, log });
  const { api, connections } = await createApi({
    ...routesDeps(config, backends, streams),
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
      streams.end();
      await bucketOrigins[Symbol.asyncDispose]();
      await connections.drain(drainMs, () => api.close());
      await streams[Symbol.asyncDispose]();
      await operations.close();
      await callers[Symbol.asyncDispose]();
      await backends.close();
    },
  };
};

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
