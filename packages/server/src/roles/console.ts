import { createClientAddress, RateLimit } from '@bkend/http';
import { v7 as uuidv7 } from 'uuid';
import { createApp } from '../api/create-app.ts';
import { addRoutes } from '../api/routes/add-routes.ts';
import { answerUnknownRoutes } from '../api/unknown-routes.ts';
import { addConsole } from '../console/add-console.ts';
import { readStaticFiles } from '../console/static-files.ts';
import { Passwords } from '../identity/operators/password.ts';
import { createFirstCode } from '../identity/operators/set-up-operator.ts';
import { createRegistry, createRequestMetrics } from '../observability/metrics.ts';
import { createRequestLog } from '../observability/request-log.ts';
import { packageFile } from '../package-file.ts';
import { createAuditLog } from '../postgres/operators/audit-log.ts';
import { createOperatorRepository } from '../postgres/operators/operator-repository.ts';
import { createSessionRepository } from '../postgres/operators/session-repository.ts';
import { openEventStreams } from './open-event-streams.ts';
import { openOperations } from './open-operations.ts';
import type { StartRole } from './role.ts';
import { openBackends, routesDeps } from './routes-deps.ts';
import { setupUrl } from './setup-url.ts';

const clock = () => new Date();

/** Starts the web console: its pages, and the routes of the API behind sessions of operators. */
export const startConsole: StartRole = async (config, log) => {
  const registry = createRegistry('console');
  const [backends, staticFiles] = await Promise.all([
    openBackends('console', config, log),
    readStaticFiles(packageFile('console')),
  ]);
  const { database, objects, environments, environmentRepository } = backends;
  const operations = await openOperations(config.operations.console, {
    checks: { database: () => database.check(), bucket: () => objects.check() },
    registry,
    newRequestId: uuidv7,
    log,
  });
  const { app, connections } = createApp({
    maxJsonBodyBytes: config.limits.maxJsonBodyBytes,
    newRequestId: uuidv7,
    health: operations.health,
    maxConnections: config.connections.max,
    onAnswered: createRequestLog({
      log,
      metrics: createRequestMetrics(registry),
      isRoutine: ({ route }) => route?.startsWith('/api') !== true,
    }),
  });
  answerUnknownRoutes(app);
  const operators = createOperatorRepository(database);
  const sessions = createSessionRepository(database);
  const streams = openEventStreams(config, { database, registry, log });
  const deps = routesDeps(config, backends, streams);
  await addConsole(app, {
    publicUrl: config.console.publicUrl,
    staticFiles,
    imagesUrl: config.images.publicUrl,
    byteOrigins: [objects.location(''), config.images.publicUrl].map((url) => new URL(url).origin),
    sessions: { operators, sessions, passwords: new Passwords(), clock, newId: uuidv7 },
    audit: createAuditLog(database),
    onAuditFailure: (error) => log.error({ err: error }, 'an entry of the audit log was not completed'),
    environments: { list: environmentRepository.list, find: environments.find },
    addApiRoutes: (api) => addRoutes(api, deps),
    limit: new RateLimit(config.limits.rateLimitPerMinute),
    signInLimit: new RateLimit(config.connections.signInsPerMinute),
    clientAddress: createClientAddress(config.connections.trustedProxies),
    clock,
  });
  const url = await app.listen({ host: config.console.host, port: config.console.port });
  return {
    url,
    operationsUrl: operations.url,
    createSetupUrl: async () => {
      const code = await createFirstCode({ operators, clock });
      return code && setupUrl(config, code);
    },
    announceStop: operations.announceStop,
    stop: async (drainMs) => {
      streams.end();
      await connections.drain(drainMs, () => app.close());
      await streams[Symbol.asyncDispose]();
      await operations.close();
      await backends.close();
    },
  };
};
