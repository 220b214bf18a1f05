import { interleave, type Round } from '../interleave.ts';
import { keepAliveLoad } from '../keep-alive-load.ts';
import { type MeasuredStore, presign } from './measured-store.ts';
import { exchange } from './transfer.ts';

const sizeBytes = 4096;
const load = { connections: 64, seconds: 2, status: 200 };
/** Many short rounds: the share of the cores that each side gets changes from second to second. */
const limit = { rounds: 11, seconds: 60 };

/** 1,000 fit the store's caches, as the thumbnails of a page do; the larger number does not. */
const hotObjects = 1000;
const objects = 5000;
const urlsOfConnection = 1500;

export interface SmallReads {
  /** The same 1,000 objects repeatedly, each by one URL. */
  readonly again: Round;
  /** More objects than the store's read cache holds, and no URL twice. */
  readonly anew: Round;
}

/** Signed reads per second over 64 connections, compared with a bare server that answers the same bytes from memory. */
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
  /** @param reader a number unique to this reader; its URLs have an expiry that no other reader's have */
  const newUrls = (reader: number) =>
    Array.from({ length: urlsOfConnection }, (_, each) => {
      const key = keys[(reader * urlsOfConnection + each) % objects] ?? '';
      return presign(endpoint, 'GET', { key, expiresInSeconds: 3600 + reader });
    });
  return {
    again: await interleave({ ours: () => keepAliveLoad({ ...load, urlsOf: () => hot }), yardstick }, limit),
    anew: await interleave({ ours: anew, yardstick }, limit),
  };
}
