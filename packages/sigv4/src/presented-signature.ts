import type { AmzDate } from './amz-date.ts';
import type { Credential } from './check-credential.ts';

/** A signature as a request presents it: well-formed and meant for this endpoint and time, not yet authenticated. */
export interface PresentedSignature {
  readonly kind: 'header' | 'query';
  readonly credential: Credential;
  readonly timestamp: AmzDate;
  /** As announced: `host;x-amz-date`. */
  readonly signedHeaders: string;
  readonly signature: string;
  readonly payloadHash: string;
  readonly sessionToken: string | undefined;
  /** The last moment it is good, if it is that of a URL. */
  readonly expiresAt?: Date;
}
