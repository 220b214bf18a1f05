import type { KeyObject } from 'node:crypto';
import type { AmzDate } from './amz-date.ts';

/** What every signature made at one moment shares. */
export interface SigningContext {
  readonly signingKey: KeyObject;
  readonly timestamp: AmzDate;
  /** `yyyyMMdd/region/service/aws4_request` */
  readonly scope: string;
}
