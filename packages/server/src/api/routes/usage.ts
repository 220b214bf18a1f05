import { UsageAnswer, UsageQuery } from '@bkend/storage-contract/schemas';
import type { FilesDeps } from '../../files/deps.ts';
import { readUsage } from '../../files/read-usage.ts';
import type { Api } from '../api.ts';
import { answers } from './route-schemas.ts';

/** The endpoint that counts files and bytes. */
export function usageRoutes(app: Api, deps: FilesDeps): void {
  app.get(
    '/usage',
    {
      config: { access: 'users', scope: 'files:read', errors: ['file/access-denied'] },
      schema: {
        tags: ['Usage'],
        summary: 'Count the files and bytes of the caller',
        description: '`scope=tenant` counts those of all owners, for admins.',
        querystring: UsageQuery,
        response: answers(200, UsageAnswer),
      },
    },
    (request) => readUsage(deps, request.caller, request.query),
  );
}
