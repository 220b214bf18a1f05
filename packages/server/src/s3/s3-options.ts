import type { Credentials } from '@bkend/sigv4';
import type { Clock } from '../files/ports.ts';

/** The S3, the bucket and the credentials. */
export interface S3Options {
  /** `scheme://host[:port]` as this process reaches the store; absent: AWS, in `region`. */
  readonly endpoint?: string | undefined;
  /** The endpoint as clients reach it, where it differs; presigned URLs have this one. */
  readonly publicEndpoint?: string | undefined;
  readonly region: string;
  readonly bucket: string;
  /** Whether the bucket is part of the path and not of the host; absent: yes when there is an `endpoint`. */
  readonly forcePathStyle?: boolean | undefined;
  /** Absent: found and kept fresh by the AWS default chain (environment, profile, container or instance role). */
  readonly credentials?: Credentials | undefined;
  /** Whether the store is known to copy by reference, as the embedded store does. Absent: a probe finds out. */
  readonly copiesByReference?: boolean | undefined;
  readonly clock: Clock;
  /** Called with problems that do not stop the service. */
  readonly warn: (message: string, cause: unknown) => void;
}
