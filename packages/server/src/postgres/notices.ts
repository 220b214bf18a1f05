import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import type { Database } from './database.ts';
import { translateDatabaseError } from './database-error.ts';

/** Together below the 5 s within which a change must be in force everywhere. */
const heartbeatMilliseconds = { pause: 1_500, limit: 1_500 };
const backOffMilliseconds = { first: 100, longest: 2_000 };

/** Called with notices. */
export interface NoticeListener {
  /** @param payload of the notice */
  changed(payload: string): void;
  /** Notices may be missed from now on. */
  lost(): void;
  /** They come again. */
  regained(): void;
}

/** Listens for notices on a channel, by LISTEN on a connection of its own, until disposed. */
export async function listenForNotices(
  database: Database,
  channel: string,
  listener: NoticeListener,
): Promise<AsyncDisposable> {
  const connect = () => listen(database, channel, listener);
  const first = await connect();
  const stopped = new AbortController();
  const watching = watch(connect, listener, { first, signal: stopped.signal });
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await watching;
    },
  };
}

/** Stays on a connection until it fails, then finds another, until told to stop. */
async function watch(
  connect: () => Promise<pg.Client>,
  listener: NoticeListener,
  { first, signal }: { first: pg.Client; signal: AbortSignal },
): Promise<void> {
  let client = first;
  for (;;) {
    await untilLost(client, signal);
    // Without waiting: a connection that no longer answers does not answer to this either.
    void client.end().catch(() => {});
    if (signal.aborted) return;
    listener.lost();
    const next = await reconnect(connect, signal);
    if (next === undefined) return;
    client = next;
    listener.regained();
  }
}

async function listen(database: Database, channel: string, listener: NoticeListener): Promise<pg.Client> {
  const client = await database.connect();
  client.on('notification', ({ payload = '' }) => listener.changed(payload));
  try {
    await client.query(`listen ${channel}`);
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
  connect: () => Promise<pg.Client>,
  signal: AbortSignal,
): Promise<pg.Client | undefined> {
  for (
    let pause = backOffMilliseconds.first;
    !signal.aborted;
    pause = Math.min(pause * 2, backOffMilliseconds.longest)
  ) {
    try {
      return await connect();
    } catch {
      await wait(pause, undefined, { signal, ref: false }).catch(() => {});
    }
  }
  return undefined;
}
