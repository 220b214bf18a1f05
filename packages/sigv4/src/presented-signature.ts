import type { AmzDate } from './amz-date.ts';
import type { PresentedCredential } from './credential-scope.ts';

/** A signature as a request presents it, well-formed and bound to this region, service and time, not yet checked. */
export interface PresentedSignature {
  readonly kind: 'header' | 'query';
  readonly credential: PresentedCredential;
  readonly timestamp: AmzDate;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly payloadHash: string;
  readonly sessionToken?: string;
}
