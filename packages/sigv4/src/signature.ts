import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';

/** The last step of every SigV4 computation: lower-case hex HMAC-SHA256. */
export function computeSignature(signingKey: KeyObject, stringToSign: string): string {
  return createHmac('sha256', signingKey).update(stringToSign, 'utf8').digest('hex');
}

/** Compares in time that depends on the lengths alone. */
export function signaturesEqual(expected: string, presented: string): boolean {
  const expectedBytes = Buffer.from(expected, 'latin1');
  const presentedBytes = Buffer.from(presented, 'latin1');
  return expectedBytes.length === presentedBytes.length && timingSafeEqual(expectedBytes, presentedBytes);
}
