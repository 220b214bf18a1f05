import { createHmac } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { readSecrets } from '../data-dir/secrets.ts';
import { readTokenMaster } from '../data-dir/token-master.ts';
import type { ServiceTokens } from '../projects/environment-tokens.ts';

/** Verification of access tokens in environments without settings of their own, with the generated secrets. */
export async function serviceTokens({ tokens, dataDir }: Config): Promise<ServiceTokens> {
  const { issuer, audience } = tokens;
  const claims = { ...(issuer !== undefined && { issuer }), ...(audience !== undefined && { audience }) };
  if (tokens.kind === 'generated') {
    const [master, { jwtSecret }] = await Promise.all([readTokenMaster(dataDir), readSecrets(dataDir)]);
    return { ...claims, kind: 'generated', master, firstSecret: jwtSecret };
  }
  if (tokens.kind === 'jwks') {
    return { kind: 'shared', verifications: [{ ...claims, kind: 'jwks', url: tokens.url }] };
  }
  const secrets = [tokens.secret, tokens.previousSecret].filter((secret) => secret !== undefined);
  return {
    kind: 'shared',
    verifications: secrets.map((secret) => ({ ...claims, kind: 'secret', secret })),
  };
}

/** The secret of signed image URLs, the same in every process: the setting, or derived from the token secret. */
export async function signedImageUrlSecret({ images, tokens, dataDir }: Config): Promise<string> {
  if (images.signedImageUrlSecret !== undefined) return images.signedImageUrlSecret;
  const secret = tokens.kind === 'secret' ? tokens.secret : (await readSecrets(dataDir)).jwtSecret;
  // Derived, so that no signature of an image URL is that of a token. The label stays: URLs of before are signed with it.
  return createHmac('sha256', secret).update('bkend image tickets').digest('hex');
}
