import type { Credentials } from '@bkend/sigv4';
import type { Clock } from '../files/ports.ts';

/** Which S3, which bucket, and who we are there. */
export interface S3Options {
  /** `scheme://host[:port]` as this process reaches the store; absent: AWS, in `region`. */
  readonly endpoint?: string | undefined;
  /** The same as clients reach it, where that differs; presigned URLs carry this one. */
  readonly publicEndpoint?: string | undefined;
  readonly region: string;
  readonly bucket: string;
  /** Whether the bucket stands in the path and not in the host; absent: yes when there is an `endpoint`. */
  readonly forcePathStyle?: boolean | undefined;
  /** Absent: found and kept fresh by the AWS default chain (environment, profile, container or instance role). */
  readonly credentials?: Credentials | undefined;
  /** Whether it is known that the store copies as S3 does, and moves no bytes for it: ours does. Absent: it is found out. */
  readonly copiesByReference?: boolean | undefined;
  readonly clock: Clock;
  /** Called with what does not stop the service but should be looked at. */
  readonly warn: (message: string, cause: unknown) => void;
}
