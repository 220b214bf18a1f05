import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import type { KeyNotices } from '../identity/ports.ts';
import type { Database } from './database.ts';
import { translateDatabaseError } from './database-error.ts';

/** What `revoke` notifies. */
export const keyChannel = 'bkend_api_keys';

/** Together below the 5 seconds in which a revocation must be heard of. */
const heartbeatMilliseconds = { pause: 1_500, limit: 1_500 };
const backOffMilliseconds = { first: 100, longest: 2_000 };

type Listener = Parameters<KeyNotices['subscribe']>[0];

/** News about keys through LISTEN, on a connection of its own. */
export function createKeyNotices(database: Database): KeyNotices {
  return {
    async subscribe(listener) {
      const first = await listen(database, listener);
      const stopped = new AbortController();
      const watching = watch(database, listener, { first, signal: stopped.signal });
      return {
        async [Symbol.asyncDispose]() {
          stopped.abort();
          await watching;
        },
      };
    },
  };
}

/** Stays on a connection until it fails, then finds another, until told to stop. */
async function watch(
  database: Database,
  listener: Listener,
  { first, signal }: { first: pg.Client; signal: AbortSignal },
): Promise<void> {
  let client = first;
  for (;;) {
    await untilLost(client, signal);
    // Without waiting: a connection that no longer answers does not answer to this either.
    void client.end().catch(() => {});
    if (signal.aborted) return;
    listener.lost();
    const next = await reconnect(database, listener, signal);
    if (next === undefined) return;
    client = next;
    listener.regained();
  }
}

async function listen(database: Database, listener: Listener): Promise<pg.Client> {
  const client = await database.connect();
  client.on('notification', () => listener.changed());
  try {
    await client.query(`listen ${keyChannel}`);
    return client;
  } catch (error) {
    void client.end().catch(() => {});
    throw translateDatabaseError(error);
  }
}

/**
 * Resolves when the connection is gone, or `signal` aborts. A peer that vanishes says nothing, so it is asked every so
 * often whether it is still there.
 */
async function untilLost(client: pg.Client, signal: AbortSignal): Promise<void> {
  const gone = new AbortController();
  client.once('error', () => gone.abort());
  client.once('end', () => gone.abort());
  const over = AbortSignal.any([gone.signal, signal]);
  try {
    while (!over.aborted) {
      await wait(heartbeatMilliseconds.pause, undefined, { signal: over, ref: false });
      const beat = { text: 'select 1', query_timeout: heartbeatMilliseconds.limit };
      await client.query(beat);
    }
  } catch {
    // The wait was cut short, or the heart stopped: lost, either way.
  }
}

/** Tries again, at growing intervals, until it listens. Undefined when `signal` aborts before. */
async function reconnect(
  database: Database,
  listener: Listener,
  signal: AbortSignal,
): Promise<pg.Client | undefined> {
  for (
    let pause = backOffMilliseconds.first;
    !signal.aborted;
    pause = Math.min(pause * 2, backOffMilliseconds.longest)
  ) {
    try {
      return await listen(database, listener);
    } catch {
      await wait(pause, undefined, { signal, ref: false }).catch(() => {});
    }
  }
  return undefined;
}
