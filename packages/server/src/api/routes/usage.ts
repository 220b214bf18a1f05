import { UsageAnswer, UsageQuery } from '@bkend/storage-contract/schemas';
import type { FilesDeps } from '../../files/deps.ts';
import { readUsage } from '../../files/read-usage.ts';
import type { Api } from '../api.ts';
import { forUsers } from '../authentication.ts';
import { answers } from './answers.ts';

/** How much is stored. */
export function usageRoutes(app: Api, deps: FilesDeps): void {
  app.get(
    '/usage',
    {
      config: forUsers,
      schema: {
        tags: ['Usage'],
        summary: 'Count your files and bytes',
        description: '`scope=tenant` counts everybody’s, for admins.',
        querystring: UsageQuery,
        response: answers(200, UsageAnswer),
      },
    },
    (request) => readUsage(deps, request.caller, request.query),
  );
}
