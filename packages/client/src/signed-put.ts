import { attempt } from './attempt.ts';
import type { Put, PutAnswer } from './platform.ts';
import { type RetryContext, retry } from './retry.ts';
import { type Body, bodySize } from './source.ts';
import { readRetryAfter, StorageError } from './storage-error.ts';
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
      if (answer.status < 200 || answer.status > 299) throw refusedByStorage(answer);
      onSent(bodySize(body));
      return answer;
    } catch (error) {
      onSent(0);
      if (!signal?.aborted && !gate.isClosed) await run.source.verify();
      throw error;
    }
  }, context);
}

/** What S3 says in XML, as an error that says what to do. */
function refusedByStorage({ status, header, text }: PutAnswer): StorageError {
  const tag = (name: string) => new RegExp(`<${name}>([^<]*)`).exec(text)?.[1];
  const s3Code = tag('Code');
  const facts = {
    status,
    details: { s3Code, s3Message: tag('Message') },
    retryAfterSeconds: readRetryAfter(header('Retry-After')),
  };
  const skewSeconds = (Date.parse(tag('ServerTime') ?? '') - Date.parse(tag('RequestTime') ?? '')) / 1000;
  if (s3Code === 'RequestTimeTooSkewed' || s3Code === 'RequestNotYetValid') {
    const by = Number.isNaN(skewSeconds) ? '' : ` by ${Math.round(Math.abs(skewSeconds))} seconds`;
    return new StorageError(
      'client/clock-skew',
      `The clocks of the API and of the object store differ${by}: set them right.`,
      facts,
    );
  }
  const word = s3Code ? `${s3Code}, ${tag('Message') ?? ''}` : 'without a reason';
  return new StorageError('client/storage-refused', `Storage refused the bytes (${status}: ${word}).`, facts);
}
