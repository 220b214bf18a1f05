import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import type { FileNotifications } from '../files/ports.ts';
import type { KeyNotifications } from '../identity/api-key.ts';
import type { EnvironmentNotifications } from '../projects/ports.ts';
import type { Database } from './database/database.ts';
import { translateDatabaseError } from './database/database-error.ts';

/**
 * Notifications between processes, by LISTEN and NOTIFY. A statement that changes a file, key or environment notifies its
 * channel; every process that caches such rows listens.
 */

/** Channels. The payload of `files` is the file's key; the others have none. */
export const channels = {
  files: 'bkend_files',
  keys: 'bkend_api_keys',
  environments: 'bkend_environments',
} as const;

export function createFileNotifications(database: Database): FileNotifications {
  return { subscribe: (listener) => listen(database, channels.files, listener) };
}

export function createKeyNotifications(database: Database): KeyNotifications {
  return { subscribe: (listener) => listen(database, channels.keys, listener) };
}

export function createEnvironmentNotifications(database: Database): EnvironmentNotifications {
  return { subscribe: (listener) => listen(database, channels.environments, listener) };
}

/** Together below the 5 s within which a change must be in force everywhere. */
const heartbeatMilliseconds = { pause: 1_500, limit: 1_500 };
const backOffMilliseconds = { first: 100, longest: 2_000 };

interface NotificationListener {
  /** A notification has come. @param payload that of the NOTIFY */
  changed(payload: string): void;
  /** The connection is lost: notifications may be missed from now on. */
  lost(): void;
  /** The connection is there again. */
  regained(): void;
}

/** Listens on a channel, on a connection of its own, until disposed. */
async function listen(
  database: Database,
  channel: string,
  listener: NotificationListener,
): Promise<AsyncDisposable> {
  const connect = () => openChannel(database, channel, listener);
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

/** Waits until the connection fails, then opens another, until `signal` aborts. */
async function watch(
  connect: () => Promise<pg.Client>,
  listener: NotificationListener,
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

async function openChannel(
  database: Database,
  channel: string,
  listener: NotificationListener,
): Promise<pg.Client> {
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
 * Resolves when the connection is gone, or `signal` aborts. A peer that vanishes sends nothing, so a statement every 1.5 s
 * finds out whether it still answers.
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
    // The wait was cut short or the statement failed: the connection is lost.
  }
}

/** Connects with back-off. @returns undefined when `signal` aborts before */
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
