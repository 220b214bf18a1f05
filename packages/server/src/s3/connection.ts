import type { S3, S3ClientConfig } from '@aws-sdk/client-s3';
import type { Credentials } from '@bkend/sigv4';
import { ownAddressOf, usesPathStyle } from './bucket-address.ts';
import { type DirectCalls, openDirectCalls } from './direct-calls.ts';
import { type Refusal, refusalOf, translate } from './refusal.ts';
import type { S3Options } from './s3-options.ts';

/** What a call makes of a refusal, by S3's error code: a value to return, or an error to throw. */
export type Meanings<T> = Readonly<Record<string, (refusal: Refusal) => T>>;

/** A bucket that can be asked things. */
export interface Connection extends AsyncDisposable {
  readonly bucket: string;
  /** The credentials of the moment. */
  credentials(): Promise<Credentials>;
  /**
   * Asks the store.
   * @throws what `meanings` throw; otherwise `common/unavailable`, `file/bucket-not-configured`,
   * `common/internal-error` as {@link translate} says
   */
  ask<T, M = never>(call: (s3: S3, bucket: string) => Promise<T>, meanings?: Meanings<M>): Promise<T | M>;
  /** The calls that each registration makes. */
  readonly direct: DirectCalls;
}

/**
 * Connects to a bucket; nothing is sent yet.
 *
 * The AWS SDK takes 0.1 to 0.3 s of a processor to load. It is loaded when it is first needed, so that a role that only
 * signs, or has nothing to do yet, starts without it.
 */
export function connect(options: S3Options): Connection {
  const { bucket } = options;
  let loading: Promise<S3> | undefined;
  const client = () => {
    loading ??= createClient(options);
    return loading;
  };
  const credentials = async () => options.credentials ?? (await (await client()).config.credentials());
  const direct = openDirectCalls({
    address: ownAddressOf(options),
    region: options.region,
    bucket,
    credentials,
  });
  return {
    bucket,
    credentials,
    direct,
    async ask(call, meanings) {
      try {
        return await call(await client(), bucket);
      } catch (error) {
        const refusal = refusalOf(error);
        const meaning = refusal && meanings?.[refusal.name];
        if (meaning) return meaning(refusal);
        throw translate(refusal ?? error, bucket);
      }
    },
    async [Symbol.asyncDispose]() {
      (await loading)?.destroy();
      direct[Symbol.dispose]();
    },
  };
}

async function createClient(options: S3Options): Promise<S3> {
  const { S3 } = await import('@aws-sdk/client-s3');
  const config: S3ClientConfig = {
    region: options.region,
    forcePathStyle: usesPathStyle(options),
    // Stores older than the checksums of 2024 (Ceph 16) answer them with errors.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: answerTimeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: 120_000, // of silence, while a body is read
      httpAgent: { keepAlive: true, maxSockets },
      httpsAgent: { keepAlive: true, maxSockets },
    },
  };
  if (options.endpoint !== undefined) config.endpoint = options.endpoint;
  // A copy: the SDK writes its own notes into the object it is given.
  if (options.credentials !== undefined) config.credentials = { ...options.credentials };
  return new S3(config);
}

/** How long the store may take to begin its answer. */
const answerTimeoutMs = 10_000;

/** Each stream being read occupies a socket, and calls that wait for one count as not connecting. */
const maxSockets = 256;
