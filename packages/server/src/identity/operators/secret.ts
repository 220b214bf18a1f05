import { createHash, randomBytes } from 'node:crypto';

const secretPattern = /^[A-Za-z0-9_-]{43}$/;

/** Generates 256 random bits in base64url: the id of a session, or the code of a link. Only its hash is stored. */
export function generateSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Whether this has the form of such a secret; other text costs no look-up. */
export function isSecret(text: string): boolean {
  return secretPattern.test(text);
}

/** SHA-256 of a secret. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret, 'latin1').digest();
}
