import { signAccessToken } from '../identity/access-token.ts';
import { tokenVerification } from '../roles/backends.ts';
import type { CommandContext } from './command.ts';
import { UsageError } from './usage-error.ts';

export interface TokenOptions {
  readonly user: string;
  readonly role?: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/**
 * `token`: signs an access token, as an app's login would.
 * @throws UsageError when only somebody else can sign one
 */
export async function token({ user, role, expiresIn }: TokenOptions, { config, show }: CommandContext) {
  const verification = await tokenVerification(config);
  if (verification.kind === 'jwks') {
    throw new UsageError('Tokens are verified with JWT_JWKS_URL: only its issuer can sign one.');
  }
  const accessToken = await signAccessToken(verification, {
    userId: user,
    ...(role !== undefined && { role }),
    expiresInSeconds: expiresIn,
    at: new Date(),
  });
  show({ accessToken }, accessToken);
}
