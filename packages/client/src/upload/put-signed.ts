import { type Body, bodySize, type Source } from '../source/source.ts';
import { overNetwork, type StorageError, storageRefusal } from '../storage-error.ts';
import { retry } from '../transfer/retry.ts';
import { type CallerWait, withStallTimeout } from '../transfer/with-stall-timeout.ts';
import type { UploadContext } from './upload-context.ts';

/** A presigned PUT. */
interface Target {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Returns a target that has not expired; after a refusal, a new one. */
export type Sign = (isRefused?: boolean) => Promise<Target>;

/** One PUT of a body. */
export interface SignedPutRequest {
  readonly source: Source;
  readonly body: Body;
  readonly sign: Sign;
  /** Default: the upload's. */
  readonly signal?: AbortSignal;
  /** A number that grows with each part stored: then counting tries starts again. */
  readonly progress?: () => number;
}

/** Number of new URLs after refusals, before a refusal is an error. */
const maxRenewals = 2;

/**
 * Sends bytes to a presigned URL, with retries, and counts them as they are sent. Signing a refused URL again does not
 * count as a try.
 * @returns the answer of the object store
 * @throws `client/storage-refused`, `client/clock-skew`, `client/source-changed`, `client/network`, `client/stalled`
 */
export function putSigned(
  context: UploadContext,
  { source, body, sign, signal = context.signal, progress }: SignedPutRequest,
): Promise<Response> {
  const { gate, meter, pool, platform } = context;
  let sentBytes = 0;
  const count = (bytes: number) => {
    meter.update({ phase: 'uploading', bytes: meter.now.bytes + bytes - sentBytes });
    sentBytes = bytes;
  };
  const send = async () => {
    // Signed already; this signs again only when the URL has expired while it waited for a slot.
    const { url, headers = {} } = await sign();
    count(0);
    return withStallTimeout(
      (own, alive) => {
        const onSent = (bytes: number) => {
          alive();
          count(bytes);
        };
        // The stall timeout is the network's; `wait` has its own for the source.
        const wait: CallerWait = async (work) => {
          alive(false);
          try {
            return await context.wait(work);
          } finally {
            alive();
          }
        };
        return overNetwork(platform.put({ url, headers, body, signal: own, onSent, wait }));
      },
      context.stallSeconds,
      signal,
      gate.signal,
    );
  };
  const work = async (renewals = 0): Promise<Response> => {
    try {
      await sign();
      const answer = await pool.run(send, signal);
      if (answer.status === 403 && renewals < maxRenewals) {
        count(0);
        await sign(true);
        return work(renewals + 1);
      }
      const text = await answer.text();
      if (!answer.ok || text.includes('<Error>')) throw storageRefusal(answer, text);
      count(bodySize(body));
      return answer;
    } catch (error) {
      count(0);
      if (!signal.aborted && !(error as StorageError).details?.waitingFor) await source.verify?.();
      throw error;
    }
  };
  return retry(work, { ...context, phase: 'uploading', signal, progress });
}

/** A URL is not used in the last fifth of its lifetime. */
const usableShare = 0.8;
/** Lower bound of the lifetime: if a URL just signed seems to expire sooner, this machine's clock is wrong. */
const minLifeMs = 60_000;

/**
 * End of the time in which a URL that has just been signed may be used.
 * @param expiresAt ISO 8601
 * @returns milliseconds on the clock of `performance.now()`
 */
export function usableUntil(expiresAt: string): number {
  return performance.now() + Math.max(minLifeMs, Date.parse(expiresAt) - Date.now()) * usableShare;
}
