import type { S3, S3ClientConfig } from '@aws-sdk/client-s3';
import type { Credentials } from '@bkend/sigv4';
import type { Clock } from '../files/ports.ts';
import { type BucketLocation, ownAddressOf, usesPathStyle } from './bucket-address.ts';
import { type DirectCalls, openDirectCalls } from './direct-calls.ts';
import { type Meanings, refusalOf, translate } from './refusal.ts';

/** The S3, the bucket and the credentials. */
export interface S3Options extends BucketLocation {
  /** Absent: found and kept fresh by the AWS default chain (environment, profile, container or instance role). */
  readonly credentials?: Credentials | undefined;
  /** Whether the store is known to copy by reference, as the embedded store does. Absent: a probe finds out. */
  readonly copiesByReference?: boolean | undefined;
  readonly clock: Clock;
  /** Called with problems that do not stop the service. */
  readonly warn: (message: string, cause: unknown) => void;
}

/** A connection to a bucket. */
export interface Connection extends AsyncDisposable {
  readonly bucket: string;
  /** The current credentials. */
  credentials(): Promise<Credentials>;
  /**
   * Sends a request to the store.
   * @throws what `meanings` throw; otherwise `common/unavailable`, `file/bucket-not-configured`,
   * `common/internal-error` as {@link translate} says
   */
  ask<T, M = never>(call: (s3: S3, bucket: string) => Promise<T>, meanings?: Meanings<M>): Promise<T | M>;
  /** The calls that every registration makes. */
  readonly direct: DirectCalls;
}

/**
 * Opens a connection to a bucket; sends nothing yet.
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
    // It would write to the console; what fails is thrown.
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
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
  // A copy: the SDK writes into the object that it gets.
  if (options.credentials !== undefined) config.credentials = { ...options.credentials };
  return new S3(config);
}

/** Timeout until the store begins its answer. */
const answerTimeoutMs = 10_000;

/** Every open stream occupies a socket, and calls that wait for one run into the connection timeout. */
const maxSockets = 256;
