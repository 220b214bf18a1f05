import type { SigningContext } from './signing-context.ts';

/** Who signs, and the key to do it with at a given moment. */
export interface SigningIdentity {
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  readonly contextAt: (at: Date) => SigningContext;
}
