import type { Config } from '../config/config.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { Logger } from '../observability/logger.ts';
import { createFileRepository } from '../postgres/file-repository.ts';
import { createEnvironmentRepository } from '../postgres/projects/environment-repository.ts';
import { createImportRepository } from '../postgres/uploads/import-files.ts';
import { settingsInForce } from '../projects/environment-settings.ts';
import { openDatabase, openObjects } from './backends.ts';
import { requireService } from './require-service.ts';

/**
 * Opens the backends of imports and exports, which need a running service.
 * @throws ConfigError without a data directory; an error with a sentence for the operator
 */
export async function openMoving(config: Config, log: Logger) {
  await requireService(config);
  const [database, objects] = await Promise.all([openDatabase(config, 'command'), openObjects(config, log)]);
  const environments = createEnvironmentRepository(database);
  return {
    files: createFileRepository(database),
    imports: createImportRepository(database),
    objects,
    clock: () => new Date(),
    limits: config.limits,
    /** The settings in force; undefined where there is no such environment. */
    async findSettings(tenant: Tenant) {
      const environment = await environments.find(tenant);
      return (
        environment &&
        settingsInForce(environment.settings, { limits: config.limits, corsOrigins: config.api.corsOrigins })
      );
    },
    async [Symbol.asyncDispose]() {
      await objects[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
