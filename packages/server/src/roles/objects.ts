import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { createClientAddress, RateLimit, toOriginForm } from '@bkend/http';
import type { Origins } from '@bkend/storage-contract';
import { type CorsRule, createStoreServer, openStore } from '@bkend/store';
import { ensureOwnTree } from '../data-dir/own-files.ts';
import { prepareDataDir } from '../data-dir/prepare-data-dir.ts';
import { readSecrets } from '../data-dir/secrets.ts';
import { createRegistry, createRequestMetrics } from '../observability/metrics.ts';
import { createRequestLog } from '../observability/request-log.ts';
import { browserRule } from '../s3/cors.ts';
import { allowConsole } from './console-origin.ts';
import { openOperations } from './open-operations.ts';
import type { StartRole } from './role.ts';

/** The CORS rule that other object stores get through S3, as ours keeps it. The API adds the origins of environments. */
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

/** A signed request is for the store, even if its bucket is called `health`. */
function isSigned({ headers, url = '' }: IncomingMessage): boolean {
  return headers.authorization?.startsWith('AWS4-') === true || /[?&]X-Amz-Signature=/i.test(url);
}

/** Starts the embedded object store. */
export const startObjects: StartRole = async (config, log) => {
  const { objects, dataDir } = config;
  if (objects.kind !== 'embedded') {
    throw new Error('The S3_… settings name another object store, so there is no embedded one to run.');
  }
  await prepareDataDir(dataDir);
  // Down to the index and the 256 directories of blobs. Blobs have random names, which no other user can plant.
  await ensureOwnTree(join(dataDir, 'objects'), 3);
  const { storeCredentials } = await readSecrets(dataDir);
  const registry = createRegistry('objects');
  const logRequest = createRequestLog({
    log,
    metrics: createRequestMetrics(registry),
    route: '/{bucket}/{key}',
  });
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
    directory: join(dataDir, 'objects'),
    region: objects.region,
    credentials: storeCredentials,
    buckets: [objects.bucket],
    cors: [browserCors(allowConsole(config, config.api.corsOrigins))],
    baseDomain: virtualHostDomain(objects.publicUrl),
    admitUnsigned: (request) => {
      const taken = limit.take(clientAddress(request));
      return taken.isAllowed ? undefined : taken;
    },
    handle: (request, response) => {
      toOriginForm(request);
      return !isSigned(request) && operations.health(request, response);
    },
    onRequest: ({ cause, ...report }) => logRequest({ ...report, error: cause }),
  });
  const { server, connections } = createStoreServer(store, { maxConnections: config.connections.max });
  server.listen(objects.port, objects.host);
  await once(server, 'listening');
  return {
    url: objects.endpoint,
    operationsUrl: operations.url,
    announceStop: operations.announceStop,
    stop: async (drainMs) => {
      await connections.drain(drainMs);
      await operations.close();
      await store[Symbol.asyncDispose]();
    },
  };
};

/**
 * The domain below which each bucket has a host name of its own: the host of the public URL, or where that is an IP address,
 * `localhost`, whose subdomains stay on this machine (RFC 6761 §6.3).
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function virtualHostDomain(publicUrl: string): string {
  const { hostname } = new URL(publicUrl);
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : 'localhost';
}
