import { BucketsAnswer, UsageAnswer, UsageQuery } from '@bkend/storage-contract/schemas';
import { countBuckets } from '../../files/count-buckets.ts';
import type { FilesDeps } from '../../files/deps.ts';
import { readUsage } from '../../files/read-usage.ts';
import type { Api } from '../api.ts';
import type { ListGate } from './list-gate.ts';
import { answers } from './route-schemas.ts';

/** The endpoints that count files and bytes. */
export function usageRoutes(app: Api, deps: FilesDeps, gate: ListGate): void {
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

  app.get(
    '/files/buckets',
    {
      config: { access: 'users', scope: 'files:read' },
      schema: {
        tags: ['Usage'],
        summary: 'Count the files of the caller by bucket',
        description: 'For admins, those of all owners. Files in the trash do not count.',
        response: answers(200, BucketsAnswer),
      },
    },
    (request) => gate(request, () => countBuckets(deps, request.caller)),
  );
}
