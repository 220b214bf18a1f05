import { inject } from 'vitest';
import { findFreePorts } from '../process/free-ports.ts';
import { type RunningService, startService } from './start-service.ts';

/** Settings that an API process may have to itself: it would write its origins into the bucket of all. */
type OwnEnv = Readonly<Record<string, string>> & { readonly BKEND_CORS_ORIGINS?: never };

/** Another process of the API role, beside the service of this test run and over the same data, set up differently. */
export async function startOtherApi(env: OwnEnv): Promise<RunningService> {
  const service = inject('service');
  const [port] = await findFreePorts(1);
  const dataDir = service.env.BKEND_DATA_DIR;
  return startService({
    words: ['--only', 'api'],
    env: { ...service.env, BKEND_API_PORT: `${port}`, ...env },
    ...(dataDir !== undefined && { dataDir }),
  });
}
