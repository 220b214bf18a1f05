import { attempt } from './attempt.ts';
import type { Put, PutAnswer } from './platform.ts';
import { type RetryContext, retry } from './retry.ts';
import { type Body, bodySize } from './source.ts';
import { storageRefusal } from './storage-refusal.ts';
import type { UploadRun } from './upload-run.ts';

export interface SignedUrl {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SignedPutRequest {
  readonly body: Body;
  /** A URL that is still good for a while; a new one when the last was refused. */
  readonly sign: (refused: boolean) => Promise<SignedUrl>;
  /** Called with how many bytes of this body have left; with 0 when they have to be sent again. */
  readonly onSent: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** How often a URL is signed anew because storage refused it, before that refusal is believed. */
const maxRenewals = 2;

/** PUTs bytes to where a presigned URL says, as often as it takes. A refused URL is signed anew without spending a try. */
export function putSigned(run: UploadRun, request: SignedPutRequest): Promise<PutAnswer> {
  const { connection, gate, meter } = run;
  const { body, sign, onSent, signal } = request;
  const context: RetryContext = {
    policy: connection.policy,
    phase: 'uploading',
    signal,
    gate,
    progress: () => run.storedBytes,
    whenOnline: connection.whenOnline,
  };
  const send = (signed: SignedUrl) =>
    connection.pool.run(
      () =>
        attempt(
          { signals: [signal, gate.signal], stallSeconds: connection.stallSeconds },
          async (attemptSignal, alive) => {
            const tell = (bytes: number) => {
              alive();
              onSent(bytes);
            };
            const put: Put = {
              url: signed.url,
              headers: signed.headers ?? {},
              body,
              signal: attemptSignal,
              onSent: tell,
            };
            meter.phase = 'uploading';
            return connection.platform.put(put);
          },
        ),
      signal,
    );
  return retry(async () => {
    try {
      let answer = await send(await sign(false));
      for (let renewals = 0; answer.status === 403 && renewals < maxRenewals; renewals++) {
        onSent(0);
        answer = await send(await sign(true));
      }
      if (answer.status < 200 || answer.status > 299)
        throw storageRefusal(answer.status, answer.text, answer.header('Retry-After'));
      onSent(bodySize(body));
      return answer;
    } catch (error) {
      onSent(0);
      if (!signal?.aborted && !gate.isClosed) await run.source.verify();
      throw error;
    }
  }, context);
}
