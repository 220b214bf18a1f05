import { attempt } from './attempt.ts';
import { retry } from './retry.ts';
import { type Body, bodySize } from './source.ts';
import { overNetwork, type StorageError } from './storage-error.ts';
import { storageRefusal } from './storage-refusal.ts';
import type { UploadRun } from './upload-run.ts';
import type { Wait } from './wait.ts';

export interface SignedUrl {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A URL that is still good for a while; a new one when the last was refused. */
export type Sign = (isRefused?: boolean) => Promise<SignedUrl>;

/** How often a URL is signed anew because storage refused it, before that refusal is believed. */
const maxRenewals = 2;

/**
 * PUTs bytes to where a presigned URL says, as often as it takes, and counts them as they leave. A refused URL is signed
 * anew without spending a try.
 */
export function putSigned(run: UploadRun, body: Body, sign: Sign, signal = run.signal): Promise<Response> {
  const { gate, meter, source, pool, platform } = run;
  let sentBytes = 0;
  const count = (bytes: number) => {
    meter.update({ phase: 'uploading', bytes: meter.now.bytes + bytes - sentBytes });
    sentBytes = bytes;
  };
  const send = async () => {
    // Signed before: this asks again only where the URL has grown old while it waited for its turn.
    const { url, headers = {} } = await sign();
    count(0);
    return attempt(
      (own, alive) => {
        const onSent = (bytes: number) => {
          alive();
          count(bytes);
        };
        // The network is not to blame while the source has nothing to send.
        const wait: Wait = async (work) => {
          alive(false);
          try {
            return await run.wait(work);
          } finally {
            alive();
          }
        };
        return overNetwork(platform.put({ url, headers, body, signal: own, onSent, wait }));
      },
      run.stallSeconds,
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
  const progress = () => run.storedBytes;
  return retry(work, { ...run, phase: 'uploading', signal, progress });
}
