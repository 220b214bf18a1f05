import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { AnsweredRequest } from '../api/api.ts';
import { createApi } from '../api/create-api.ts';
import { writeMarker } from '../files/installation-marker.ts';
import { OpenUploadsBudget } from '../files/open-uploads.ts';
import { createClientAddress } from '../http/client-address.ts';
import { RateLimit } from '../http/rate-limit.ts';
import { createApiKeyCache } from '../identity/api-key-cache.ts';
import { type AuthenticateDeps, authenticate } from '../identity/authenticate.ts';
import { createFirstApiKeys } from '../identity/create-api-key.ts';
import { createKeyUses } from '../identity/key-uses.ts';
import { createTokenCheck } from '../identity/token-check.ts';
import { type VerifyDeps, verifyAccessToken } from '../identity/verify-access-token.ts';
import type { Logger } from '../observability/logger.ts';
import { createRegistry } from '../observability/metrics.ts';
import { createRequestMetrics } from '../observability/request-metrics.ts';
import { createApiKeyRepository } from '../postgres/api-key-repository.ts';
import { createFileRepository } from '../postgres/files/file-repository.ts';
import { createInstallationRecord } from '../postgres/installation.ts';
import { createKeyNotices } from '../postgres/key-notices.ts';
import { watchOlderProcesses } from '../postgres/older-processes.ts';
import { createEnvironmentNotices } from '../postgres/projects/environment-notices.ts';
import { createEnvironmentRepository } from '../postgres/projects/environment-repository.ts';
import { createUploadRepository } from '../postgres/uploads/upload-repository.ts';
import { createUsageLedger } from '../postgres/usage-ledger.ts';
import { createEnvironmentCache } from '../projects/environment-cache.ts';
import { createTokenRules } from '../projects/environment-tokens.ts';
import { followOrigins } from '../projects/follow-origins.ts';
import { uniteOrigins } from '../projects/origins.ts';
import type { ServiceDefaults } from '../projects/setting.ts';
import { openDatabase, openReadyObjects, serviceTokens } from './backends.ts';

import { drainTimeMs } from './drain-time.ts';
import { imageTicketSecret } from './image-ticket-secret.ts';
import { openOperations } from './open-operations.ts';
import { createOpenTokenMetrics } from './open-token-metrics.ts';

import type { StartRole } from './role.ts';

const clock = () => new Date();

/** Longer than the other roles take to start, which share the processor. */
const warmUpAfterMs = 2000;

/** The REST API. */
export const startApi: StartRole = async (config, log) => {
  const registry = createRegistry('api');
  const metrics = createRequestMetrics(registry);
  const opening = openDatabase(config, 'api');
  const findBucketOrigins = async () => {
    const own = await createEnvironmentRepository(await opening).listOrigins();
    return uniteOrigins(config.api.corsOrigins, own);
  };
  const [database, objects, tokens, ticketSecret] = await Promise.all([
    opening,
    openReadyObjects(config, log, findBucketOrigins),
    serviceTokens(config),
    imageTicketSecret(config),
  ]);
  const olderProcesses = await watchOlderProcesses(database);
  const keys = createApiKeyRepository(database);
  const apiKeys = await createApiKeyCache(keys, createKeyNotices(database));
  const keyUses = createKeyUses(keys, clock, (error) => log.warn({ err: error }, 'uses of keys not noted'));
  const service: ServiceDefaults = { limits: config.limits, corsOrigins: config.api.corsOrigins };
  const environmentRepository = createEnvironmentRepository(database);
  const environmentNotices = createEnvironmentNotices(database);
  const environments = await createEnvironmentCache(environmentRepository, environmentNotices, service);
  const openTokens = createOpenTokenMetrics(registry, environmentRepository);
  const verifying: VerifyDeps = {
    findTokenRules: createTokenRules(environments.find, tokens),
    checkToken: createTokenCheck(clock),
    clock,
    onOpenToken: openTokens.count,
  };
  const callers: AuthenticateDeps = {
    findApiKey: apiKeys.find,
    verifyAccessToken: (tenant, token) => verifyAccessToken(verifying, tenant, token),
    clock,
  };
  for (const { tenant, until } of await environmentRepository.listOpenTokens()) {
    log.warn(
      { environment: tenant, until },
      'tokens without an end or without an environment go on working here, as before the upgrade, until then; "bkend-storage environments close-tokens" ends that',
    );
  }

  const uploads = createUploadRepository(database);
  const operations = await openOperations(config.operations.api, {
    checks: { database: () => database.check(), bucket: () => objects.check() },
    registry,
    newRequestId: uuidv7,
    log,
  });
  const { api, connections } = await createApi({
    files: {
      files: createFileRepository(database),
      uploads,
      openUploads: new OpenUploadsBudget(uploads),
      usage: createUsageLedger(database),
      objects,
      clock,
      newId: uuidv7,
      limits: config.limits,
      hasOlderProcesses: olderProcesses.areThere,
      findSettings: environments.findSettings,
      imageUrl: (path) => `${config.images.publicUrl}/${path}`,
      imageTicketSecret: ticketSecret,
    },
    projects: {
      environments: {
        ...environmentRepository,
        async change(tenant, decide) {
          const changed = await environmentRepository.change(tenant, decide);
          environments.forget();
          return changed;
        },
      },
      service,
      clock,
      newId: randomUUID,
    },
    authenticate: async (credentials) => {
      const caller = await authenticate(callers, credentials);
      keyUses.note(caller.keyId);
      return caller;
    },
    limit: new RateLimit(config.limits.rateLimitPerMinute),
    clientAddress: createClientAddress(config.connections.trustedProxies),
    crossOrigin: { ...service, ...environments },
    publicUrl: config.api.publicUrl,
    newRequestId: uuidv7,
    health: operations.health,
    maxConnections: config.connections.max,
    onAnswered: (answered) => {
      metrics.count(answered);
      logRequest(log, answered);
    },
  });
  const url = await api.listen({ host: config.api.host, port: config.api.port });
  const bucketOrigins = await followOrigins({
    find: findBucketOrigins,
    allow: objects.allowOrigins,
    notices: environmentNotices,
    onFailure: (error) => log.warn({ err: error }, 'the origins that the bucket allows could not be set'),
  });
  // The S3 client is loaded when the start is over and nobody waits, rather than when the first file is registered.
  const warmUp = async () => {
    await objects.warmUp();
    bucketOrigins.refresh();
    const marker = await writeMarker(
      { objects, installation: createInstallationRecord(database), clock },
      { again: false },
    );
    if (marker !== 'ours') log.warn({ marker }, 'the bucket is not marked as this installation’s');
  };
  const warming = setTimeout(
    () => void warmUp().catch((error: unknown) => log.warn({ err: error }, 'not ready')),
    warmUpAfterMs,
  );
  return {
    url,
    operationsUrl: operations.url,
    createFirstKeys: async () => {
      const made = await createFirstApiKeys({ keys, clock, newId: uuidv7 });
      return made && { publishable: made.publishable.key, secret: made.secret.key };
    },
    stop: async () => {
      clearTimeout(warming);
      await bucketOrigins[Symbol.asyncDispose]();
      await connections.drain(drainTimeMs(config), () => api.close());
      await operations.close();
      await keyUses[Symbol.asyncDispose]();
      await environments[Symbol.asyncDispose]();
      await apiKeys[Symbol.asyncDispose]();
      await olderProcesses[Symbol.asyncDispose]();
      await objects[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
};

/** One line a request: quiet for probes, loud for what is our own fault. */
function logRequest(log: Logger, { caller, error, durationMs, ...answered }: AnsweredRequest): void {
  const line = {
    ...answered,
    durationMs: Math.round(durationMs * 10) / 10,
    ...(caller && { tenant: caller.tenant, caller: caller.kind }),
    ...(answered.status >= 500 && error !== undefined && { err: error }),
  };
  if (answered.status >= 500) log.error(line, 'request failed');
  else if (answered.route.startsWith('/v1')) log.info(line, 'request');
  else log.debug(line, 'request');
}
