import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { ensureOwnTree } from '../data-dir/own-files.ts';
import { prepareDataDir } from '../data-dir/prepare-data-dir.ts';
import { readSecrets } from '../data-dir/secrets.ts';
import { createClientAddress } from '../http/client-address.ts';
import { Connections } from '../http/connections.ts';
import { RateLimit } from '../http/rate-limit.ts';
import { refuseBrokenMessages } from '../http/refuse-broken-messages.ts';
import { toOriginForm } from '../http/request-target.ts';
import { createRegistry } from '../observability/metrics.ts';
import { createRequestMetrics } from '../observability/request-metrics.ts';
import type { Origins } from '../projects/origins.ts';
import { browserRule } from '../s3/cors.ts';
import { createStoreServer } from '../store/create-store-server.ts';
import type { CorsRule } from '../store/index/records.ts';
import { openStore } from '../store/open-store.ts';
import { refuseConnection } from '../store/protocol/refuse-connection.ts';
import { drainTimeMs } from './drain-time.ts';
import { openOperations } from './open-operations.ts';
import type { StartRole } from './role.ts';
import { virtualHostDomain } from './virtual-host-domain.ts';

/** What any other store is given through S3, written as ours keeps it; environments' own origins follow from the API role. */
function browserCors(origins: Origins): CorsRule {
  const rule = browserRule(origins);
  return {
    id: rule.ID,
    allowedOrigins: rule.AllowedOrigins,
    allowedMethods: rule.AllowedMethods,
    allowedHeaders: rule.AllowedHeaders,
    exposeHeaders: rule.ExposeHeaders,
    maxAgeSeconds: rule.MaxAgeSeconds,
  };
}

/** What is signed is for the store, though a bucket or a key be called `metrics`. */
function isSigned({ headers, url = '' }: IncomingMessage): boolean {
  return headers.authorization?.startsWith('AWS4-') === true || /[?&]X-Amz-Signature=/i.test(url);
}

/** The embedded object store. */
export const startObjects: StartRole = async (config, log) => {
  const { objects, dataDir } = config;
  if (objects.kind !== 'embedded') {
    throw new Error('The S3_… variables name another object store, so there is no embedded one to run.');
  }
  await prepareDataDir(dataDir);
  // Down to the index and to the 256 directories of blobs; blobs themselves are made under names that nobody can guess.
  await ensureOwnTree(join(dataDir, 'objects'), 3);
  const { storeCredentials } = await readSecrets(dataDir);
  const registry = createRegistry('objects');
  const metrics = createRequestMetrics(registry);
  const operations = await openOperations(config.operations.objects, {
    checks: {
      store: async () => {
        const health = store.health();
        if (!health.ok) throw new Error(health.reason);
      },
    },
    registry,
    newRequestId: randomUUID,
    log,
  });
  const limit = new RateLimit(config.limits.rateLimitPerMinute);
  const clientAddress = createClientAddress(config.connections.trustedProxies);
  const store = await openStore({
    dataDir: join(dataDir, 'objects'),
    region: objects.region,
    credentials: storeCredentials,
    buckets: [objects.bucket],
    cors: [browserCors(config.api.corsOrigins)],
    baseDomain: virtualHostDomain(objects.publicUrl),
    admitUnsigned: (request) => {
      const taken = limit.take(clientAddress(request));
      return taken.isAllowed ? undefined : taken;
    },
    handle: (request, response) => {
      toOriginForm(request);
      return !isSigned(request) && operations.health(request, response);
    },
    onRequest: ({ cause, ...report }) => {
      metrics.count({ ...report, route: '/{bucket}/{key}' });
      if (report.status >= 500) log.error({ ...report, err: cause }, 'request failed');
      else log.info(report, 'request');
    },
  });
  const server = createStoreServer(store);
  const connections = new Connections(server, { maxConnections: config.connections.max });
  refuseBrokenMessages(server, connections, refuseConnection);
  server.listen(objects.port, objects.host);
  await once(server, 'listening');
  return {
    url: objects.endpoint,
    operationsUrl: operations.url,
    stop: async () => {
      await connections.drain(drainTimeMs(config));
      await operations.close();
      await store[Symbol.asyncDispose]();
    },
  };
};
