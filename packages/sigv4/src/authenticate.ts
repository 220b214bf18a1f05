import { type KeyObject, randomBytes } from 'node:crypto';
import type { Credential } from './check-credential.ts';
import { computeSignature, signaturesEqual } from './signature.ts';
import { SignatureError } from './signature-error.ts';
import { createSigningKeyCache } from './signing-key.ts';
import type { VerifyOptions } from './verify-options.ts';

/** A signature and what it claims to sign. */
export interface Claim {
  readonly credential: Credential;
  readonly stringToSign: string;
  readonly signature: string;
  /** Told to the client when the signature does not match, so that it can find the difference. */
  readonly canonicalRequest?: string;
}

const signingKeys = createSigningKeyCache(4096);

/** Signs in place of an unknown access key's secret, so that unknown keys take as long as wrong signatures. */
const decoySecret = randomBytes(30).toString('base64');

/**
 * Recomputes a signature and compares.
 *
 * @returns the signing key, for the chunks of a signed stream.
 * @throws SignatureError `InvalidAccessKeyId`, `SignatureDoesNotMatch`.
 */
export function authenticate(claim: Claim, options: VerifyOptions): KeyObject {
  const { credential, stringToSign, signature, canonicalRequest } = claim;
  const { accessKeyId } = credential;
  const secret = options.findSecret(accessKeyId) || undefined; // an empty secret is no secret
  const signingKey = signingKeys(secret ?? decoySecret, credential);
  const matches = signaturesEqual(computeSignature(signingKey, stringToSign), signature);
  if (secret === undefined) {
    throw new SignatureError(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
      { AWSAccessKeyId: accessKeyId },
    );
  }
  if (!matches) {
    throw signatureDoesNotMatch({
      AWSAccessKeyId: accessKeyId,
      StringToSign: stringToSign,
      SignatureProvided: signature,
      ...(canonicalRequest !== undefined && { CanonicalRequest: canonicalRequest }),
    });
  }
  return signingKey;
}

/** @param details never anything that takes the secret to compute. */
export function signatureDoesNotMatch(details: Readonly<Record<string, string>>): SignatureError {
  return new SignatureError(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    details,
  );
}
