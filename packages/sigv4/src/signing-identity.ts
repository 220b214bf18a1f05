import type { Credentials } from './credentials.ts';
import type { SigningContext } from './signing-context.ts';

/** Who signs, and the key to do it with at a given moment. */
export interface SigningIdentity {
  readonly credentials: Credentials;
  readonly contextAt: (at: Date) => SigningContext;
}
