import { EventsAnswer, EventsQuery } from '@bkend/storage-contract/schemas';
import { type EventsDeps, readEvents } from '../../events/read-events.ts';
import type { Api } from '../api.ts';
import { answers } from './route-schemas.ts';

/** Endpoints of events. */
export function eventRoutes(app: Api, deps: EventsDeps): void {
  app.get(
    '/events',
    {
      config: { access: 'users', scope: 'events:read' },
      schema: {
        tags: ['Events'],
        summary: 'Read events',
        description:
          'Every change of a file, and what else happens to uploads, in the order of ids; kept for 30 days. Admins read those of the environment; users those of their own files, and in public fields those of files while they are shared with them.',
        querystring: EventsQuery,
        response: answers(200, EventsAnswer),
      },
    },
    (request) => readEvents(deps, request.caller, request.query),
  );
}
