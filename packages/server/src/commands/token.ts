import { parseArgs } from 'node:util';
import { signAccessToken } from '../identity/access-token.ts';
import { tokenVerification } from '../roles/backends.ts';
import type { Command } from './command.ts';
import { parseDuration } from './duration.ts';
import { UsageError } from './usage-error.ts';

/** `token --user NAME [--role admin] [--expires-in 1h] [--json]`: signs an access token, as an app's login would. */
export const token: Command = async (words, { config, print }) => {
  const { values } = parseArgs({
    args: [...words],
    options: {
      user: { type: 'string' },
      role: { type: 'string' },
      'expires-in': { type: 'string', default: '1h' },
      json: { type: 'boolean', default: false },
    },
  });
  if (!values.user) throw new UsageError('token needs --user NAME: whose token it is.');
  const verification = await tokenVerification(config);
  if (verification.kind === 'jwks') {
    throw new UsageError('Tokens are verified with JWT_JWKS_URL: only its issuer can sign one.');
  }
  const accessToken = await signAccessToken(verification, {
    userId: values.user,
    ...(values.role !== undefined && { role: values.role }),
    expiresInSeconds: parseDuration(values['expires-in'], '--expires-in'),
    at: new Date(),
  });
  print(values.json ? JSON.stringify({ accessToken }) : accessToken);
};
