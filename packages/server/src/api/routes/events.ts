import { EventStreamQuery, EventsAnswer, EventsQuery } from '@bkend/storage-contract/schemas';
import { Type } from 'typebox';
import type { Event } from '../../events/event.ts';
import { type EventsDeps, followEvents, readEvents } from '../../events/read-events.ts';
import { viewEvent } from '../../events/view-event.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Api } from '../api.ts';
import type { EventRoutesDeps } from '../event-streams.ts';
import { answers, eventStream } from './route-schemas.ts';

const LastEventId = Type.Object({
  'last-event-id': Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      examples: [6_184_960_001],
      description:
        'Number of the last event that the client has; comes before `after`. Browsers send it by themselves.',
    }),
  ),
});

/** Endpoints of events. */
export function eventRoutes(app: Api, deps: EventRoutesDeps): void {
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

  const render = createRenderer(deps);
  app.get(
    '/events/stream',
    {
      // HEAD would open a stream and never end.
      exposeHeadRoute: false,
      config: { access: 'users', scope: 'events:read' },
      schema: {
        tags: ['Events'],
        summary: 'Follow events',
        description:
          'The same events as they appear, as [Server-Sent Events](https://html.spec.whatwg.org/multipage/server-sent-events.html): `id` is the number of the event, `data` the event in JSON. The stream stays open, and has at least an `id` every 15 seconds. It ends within 5 seconds of the end of the key or token; open another with `Last-Event-ID` to go on.',
        querystring: EventStreamQuery,
        headers: LastEventId,
        response: answers(200, eventStream),
      },
    },
    async (request, reply) => {
      const { caller, callerName, query, headers } = request;
      const lastId = headers['last-event-id'] ?? query.after;
      const stream = await deps.streams.open({
        caller,
        callerName,
        authenticateAgain: request.authenticateAgain,
        follow: (sink) =>
          followEvents(deps, caller, {
            query: { ...query, ...(lastId !== undefined && { after: lastId }) },
            sink,
          }),
        render: (event) => render(caller, event),
      });
      // Without it, nginx holds answers back.
      return reply.type('text/event-stream; charset=utf-8').header('X-Accel-Buffering', 'no').send(stream);
    },
  );
}

/** Renders events; all admins of an environment see the same, which is rendered once. */
function createRenderer(deps: EventsDeps): (caller: Caller, event: Event) => string {
  const rendered = new WeakMap<Event, string>();
  const render = (caller: Caller, event: Event) => JSON.stringify(viewEvent(deps, caller, event));
  return (caller, event) => {
    if (caller.kind !== 'admin') return render(caller, event);
    const text = rendered.get(event) ?? render(caller, event);
    rendered.set(event, text);
    return text;
  };
}
