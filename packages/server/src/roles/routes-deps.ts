import { randomUUID } from 'node:crypto';
import { uniteOrigins } from '@bkend/http';
import { v7 as uuidv7 } from 'uuid';
import type { ApiDeps } from '../api/api.ts';
import type { Config } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';
import { createWebhookSender } from '../outbound/send-webhook.ts';
import { watchOlderProcesses } from '../postgres/database/older-processes.ts';
import { createEventRepository } from '../postgres/events/event-repository.ts';
import { createQuotaReachedEvents } from '../postgres/events/quota-reached.ts';
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
import type { ServiceDefaults } from '../projects/setting.ts';
import { OpenUploadsBudget } from '../uploads/open-uploads.ts';
import { Quotas } from '../uploads/quotas.ts';
import { openDatabase, openObjects, openReadyObjects } from './backends.ts';
import { allowConsole } from './console-origin.ts';
import type { OpenedEventStreams } from './open-event-streams.ts';
import { signedImageUrlSecret } from './signing-secrets.ts';

const clock = () => new Date();

export type Backends = Awaited<ReturnType<typeof openBackends>>;

/**
 * Opens the backends of the API's routes: the database, the object store, environments and the secret of image URLs.
 * @param role the API sets up the bucket, too
 */
export async function openBackends(role: 'api' | 'console', config: Config, log: Logger) {
  const opening = openDatabase(config, role);
  const findBucketOrigins = async () => {
    const own = await createEnvironmentRepository(await opening).listOrigins();
    return allowConsole(config, uniteOrigins(config.api.corsOrigins, own));
  };
  const [database, objects, imageUrlSecret] = await Promise.all([
    opening,
    role === 'api' ? openReadyObjects(config, log, findBucketOrigins) : openObjects(config, log),
    signedImageUrlSecret(config),
  ]);
  const olderProcesses = await watchOlderProcesses(database);
  const service: ServiceDefaults = { limits: config.limits, corsOrigins: config.api.corsOrigins };
  const environmentRepository = createEnvironmentRepository(database);
  const environmentNotifications = createEnvironmentNotifications(database);
  const environments = await createEnvironmentCache(environmentRepository, environmentNotifications, service);
  return {
    ...{ database, objects, imageUrlSecret, olderProcesses, service, findBucketOrigins },
    ...{ environments, environmentRepository, environmentNotifications },
    async close() {
      await environments[Symbol.asyncDispose]();
      await olderProcesses[Symbol.asyncDispose]();
      await objects[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Dependencies of the API's routes. */
export function routesDeps(
  config: Config,
  backends: Backends,
  { feed, streams }: OpenedEventStreams,
): Pick<ApiDeps, 'files' | 'projects' | 'events' | 'webhooks'> {
  const { database } = backends;
  const webhookSender = createWebhookSender({ mayBePrivate: config.webhooks.allowPrivate, timeoutMs: 0 });
  return {
    files: filesDeps(config, backends),
    projects: projectsDeps(backends),
    events: { events: createEventRepository(database), imageUrl: imageUrlOf(config), feed, streams },
    webhooks: {
      webhooks: createWebhookRepository(database),
      refusalOf: webhookSender.refusalOf,
      clock,
      newId: uuidv7,
    },
  };
}

/** Dependencies of the verbs over files and uploads. */
function filesDeps(config: Config, backends: Backends): ApiDeps['files'] {
  const { database, objects, environments, olderProcesses, imageUrlSecret } = backends;
  const uploads = createUploadRepository(database);
  const recordReached = createQuotaReachedEvents(database);
  return {
    files: createFileRepository(database),
    folders: createFolderRepository(database),
    operations: createOperationRepository(database),
    versions: createVersionRepository(database),
    uploads,
    openUploads: new OpenUploadsBudget(uploads),
    quotas: new Quotas(createUsageLedger(database), (reached) => {
      // After a failure the next refusal writes it.
      void recordReached(reached).catch(() => undefined);
    }),
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
