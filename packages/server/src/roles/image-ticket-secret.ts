import { createHmac } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { readSecrets } from '../data-dir/secrets.ts';

/** What URLs of pictures that are not public are signed with: the same in every process. */
export async function imageTicketSecret({ images, tokens, dataDir }: Config): Promise<string> {
  if (images.ticketSecret !== undefined) return images.ticketSecret;
  const secret = tokens.kind === 'secret' ? tokens.secret : (await readSecrets(dataDir)).jwtSecret;
  // Derived, so that a ticket is never a token.
  return createHmac('sha256', secret).update('bkend image tickets').digest('hex');
}
