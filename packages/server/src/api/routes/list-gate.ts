import { FairGate } from '@bkend/http';
import type { FastifyRequest } from 'fastify';

/**
 * A list takes two of ten database connections, one for the page and one for the count; folders and facets take one. At most two
 * of one caller at once leave connections for other callers, and at most four of all leave connections for other requests.
 */
const listRules = { total: 4, perCaller: 2, maxQueuedPerCaller: 50, maxQueued: 1_000, maxWaitMs: 10_000 };

/** Runs a list when it is the turn of the request's caller. */
export type ListGate = <T>(
  request: Pick<FastifyRequest, 'callerName' | 'socket'>,
  list: () => Promise<T>,
) => Promise<T>;

/** The share of the database that lists of all kinds have together. */
export function createListGate(): ListGate {
  const gate = new FairGate(listRules);
  return ({ callerName, socket }, list) =>
    gate.run({ name: callerName, isGone: () => socket.destroyed }, list);
}
