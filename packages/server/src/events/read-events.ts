import {
  type EventStreamQuery,
  type EventsAnswer,
  type EventsQuery,
  type EventType,
  eventTypes,
  invalidParameters,
} from '@bkend/storage-contract';
import { type Admin, type Caller, requireScope, requireSignedIn, type User } from '../identity/caller.ts';
import type { EventFeed, EventSink, Follower } from './event-feed.ts';
import type { EventRepository } from './ports.ts';
import { type ViewEventDeps, viewEvent } from './view-event.ts';

/** Dependencies of the verbs over events. */
export interface EventsDeps extends ViewEventDeps {
  readonly events: EventRepository;
}

/**
 * Reads events in the order of their ids: admins those of the environment, users those of own files and uploads, and in public
 * fields those of files while they are shared with them.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `common/invalid-parameters`
 */
export async function readEvents(
  deps: EventsDeps,
  caller: Caller,
  query: EventsQuery,
): Promise<EventsAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'events:read');
  const { after = 0, limit } = query;
  const page = await deps.events.read({ ...readAsked(caller, query), after, limit });
  return { items: page.events.map((event) => viewEvent(deps, caller, event)), nextAfter: page.nextAfter };
}

/** Dependencies of {@link followEvents}. */
export interface FollowDeps {
  readonly feed: Pick<EventFeed, 'follow'>;
}

/**
 * Follows the events that {@link readEvents} answers, as they appear, until the follower is disposed.
 * @throws as {@link readEvents}
 */
export async function followEvents(
  deps: FollowDeps,
  caller: Caller,
  { query, sink }: { readonly query: EventStreamQuery; readonly sink: EventSink },
): Promise<Follower> {
  requireSignedIn(caller);
  requireScope(caller, 'events:read');
  return deps.feed.follow({ ...readAsked(caller, query), after: query.after }, sink);
}

/** The events that the caller asks for, and may see. @throws `common/invalid-parameters` for an unknown type */
function readAsked(caller: User | Admin, { types }: Pick<EventsQuery, 'types'>) {
  return {
    tenant: caller.tenant,
    ...(caller.kind === 'user' && { userId: caller.userId }),
    ...(types !== undefined && { types: readTypes(types) }),
  };
}

const knownTypes: ReadonlySet<string> = new Set(eventTypes);
const isEventType = (text: string): text is EventType => knownTypes.has(text);

function readTypes(text: string): EventType[] {
  const names = text.split(',').map((name) => name.trim());
  const types = names.filter(isEventType);
  if (types.length < names.length) {
    const unknown = names.filter((name) => !isEventType(name));
    throw invalidParameters([
      {
        field: 'types',
        message: `has no event of the type ${unknown.map((name) => `"${name}"`).join(', ')}`,
      },
    ]);
  }
  return types;
}
