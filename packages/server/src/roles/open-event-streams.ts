import type { Registry } from 'prom-client';
import { type EventRoutesDeps, EventStreams } from '../api/event-streams.ts';
import type { Config } from '../config/config.ts';
import { EventFeed } from '../events/event-feed.ts';
import type { Logger } from '../observability/logger.ts';
import { createStreamMetrics } from '../observability/metrics.ts';
import type { Database } from '../postgres/database/database.ts';
import { createEventRepository } from '../postgres/events/event-repository.ts';

/** The event streams of a role, and the feed that they read from. */
export interface OpenedEventStreams extends Pick<EventRoutesDeps, 'feed' | 'streams'>, AsyncDisposable {
  /** Ends all streams: their readers go on with another process. */
  end(): void;
}

export function openEventStreams(
  config: Config,
  {
    database,
    registry,
    log,
  }: { readonly database: Database; readonly registry: Registry; readonly log: Logger },
): OpenedEventStreams {
  const feed = new EventFeed({
    events: createEventRepository(database),
    onError: (error) => log.warn({ err: error }, 'events could not be read for streams'),
  });
  const streams = new EventStreams({ maxPerCaller: config.connections.eventStreamsPerCaller });
  createStreamMetrics(registry, () => streams.count);
  return {
    feed,
    streams,
    end: () => streams[Symbol.dispose](),
    [Symbol.asyncDispose]: () => feed[Symbol.asyncDispose](),
  };
}
