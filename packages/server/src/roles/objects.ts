import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { prepareDataDir } from '../data-dir/prepare-data-dir.ts';
import { readSecrets } from '../data-dir/secrets.ts';
import { createRegistry } from '../observability/metrics.ts';
import { createOperationsHandler } from '../observability/operations-handler.ts';
import { createRequestMetrics } from '../observability/request-metrics.ts';
import { browserRule } from '../s3/cors.ts';
import { createStoreServer } from '../store/create-store-server.ts';
import { openStore } from '../store/open-store.ts';
import { closeServer } from './close-server.ts';
import type { StartRole } from './role.ts';
import { virtualHostDomain } from './virtual-host-domain.ts';

/** What any other store is given through S3, written as ours keeps it. */
const browserCors = {
  id: browserRule.ID,
  allowedOrigins: browserRule.AllowedOrigins,
  allowedMethods: browserRule.AllowedMethods,
  allowedHeaders: browserRule.AllowedHeaders,
  exposeHeaders: browserRule.ExposeHeaders,
  maxAgeSeconds: browserRule.MaxAgeSeconds,
};

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
  const { storeCredentials } = await readSecrets(dataDir);
  const registry = createRegistry('objects');
  const metrics = createRequestMetrics(registry);
  const operations = createOperationsHandler({
    checks: {
      store: async () => {
        const health = store.health();
        if (!health.ok) throw new Error(health.reason);
      },
    },
    registry,
    onFailure: (part, error) => log.warn({ part, err: error }, 'not ready'),
  });
  const store = await openStore({
    dataDir: join(dataDir, 'objects'),
    region: objects.region,
    credentials: storeCredentials,
    buckets: [objects.bucket],
    cors: [browserCors],
    baseDomain: virtualHostDomain(objects.publicUrl),
    handle: (request, response) => !isSigned(request) && operations(request, response),
    onRequest: ({ cause, ...report }) => {
      metrics.count({ ...report, route: '/{bucket}/{key}' });
      if (report.status >= 500) log.error({ ...report, err: cause }, 'request failed');
      else log.info(report, 'request');
    },
  });
  const server = createStoreServer(store);
  server.listen(objects.port, objects.host);
  await once(server, 'listening');
  return {
    url: objects.endpoint,
    stop: async () => {
      await closeServer(server);
      await store[Symbol.asyncDispose]();
    },
  };
};
