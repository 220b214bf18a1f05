import { keepAliveLoad } from '../keep-alive-load.ts';
import { type MeasuredStore, presign } from './measured-store.ts';
import { exchange } from './transfer.ts';
import { type Turn, takeTurns } from './turns.ts';

const sizeBytes = 4096;
const load = { connections: 64, seconds: 2, status: 200 };
/** Many short ones: how these two share the cores changes from one second to the next. */
const limit = { rounds: 11, seconds: 60 };

/** As many as a page of thumbnails has, and more than the store remembers. */
const hotObjects = 1000;
const objects = 5000;
const urlsOfConnection = 1500;

export interface SmallReads {
  /** The same thousand objects again and again, each by one URL of its own. */
  readonly again: Turn;
  /** Among more objects than the store remembers, and no URL twice. */
  readonly anew: Turn;
}

/** Signed reads a second over 64 connections, beside a bare server that answers the same bytes from memory. */
export async function measureSmallReads(
  { endpoint }: Pick<MeasuredStore, 'endpoint'>,
  bareEndpoint: string,
): Promise<SmallReads> {
  const keys = Array.from({ length: objects }, (_, each) => `small-${each}`);
  for (const key of keys) await exchange(presign(endpoint, 'PUT', key), { method: 'PUT', sizeBytes });
  const hot = keys.slice(0, hotObjects).map((key) => presign(endpoint, 'GET', key));
  const bare = keys.slice(0, hotObjects).map((key) => `${bareEndpoint}/memory/${key}`);
  const yardstick = () => keepAliveLoad({ ...load, urlsOf: () => bare });
  let round = 0;
  const anew = () => {
    round++;
    return keepAliveLoad({ ...load, urlsOf: (connection) => newUrls(connection + load.connections * round) });
  };
  /** @param reader nobody else has this number, nor URLs that expire when these do */
  const newUrls = (reader: number) =>
    Array.from({ length: urlsOfConnection }, (_, each) => {
      const key = keys[(reader * urlsOfConnection + each) % objects] ?? '';
      return presign(endpoint, 'GET', { key, expiresInSeconds: 3600 + reader });
    });
  return {
    again: await takeTurns({ ours: () => keepAliveLoad({ ...load, urlsOf: () => hot }), yardstick }, limit),
    anew: await takeTurns({ ours: anew, yardstick }, limit),
  };
}
