import { defaultLimits } from '@bkend/storage-contract';
import type { ObjectStore } from '../../../server/src/files/object-store.ts';
import type { Clock } from '../../../server/src/files/ports.ts';
import type { JobsDeps } from '../../../server/src/jobs/job.ts';
import type { Database } from '../../../server/src/postgres/database/database.ts';
import { createJobsDeps } from '../../../server/src/postgres/jobs-deps.ts';
import { settingsInForce } from '../../../server/src/projects/environment-settings.ts';

/** The dependencies of jobs on this database and store; environments have the default settings. */
export function sampleJobsDeps(database: Database, objects: ObjectStore, clock: Clock): JobsDeps {
  return createJobsDeps(database, {
    objects,
    clock,
    limits: defaultLimits,
    findSettings: async () => settingsInForce({}, { limits: defaultLimits, corsOrigins: '*' }),
  });
}
