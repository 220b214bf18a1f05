import { type KeyObject, randomBytes } from 'node:crypto';
import { SignatureError } from '../signature-error.ts';
import {
  type CredentialScope,
  computeSignature,
  createSigningKeyCache,
  scopeTerminator,
  signaturesEqual,
} from '../signing-key.ts';
import type { Clock } from '../signing-time.ts';

/** The endpoint's side of a verification. */
export interface VerifyOptions extends Clock {
  /** The one region whose signatures are accepted. */
  readonly region: string;
  /** The one service whose signatures are accepted. Default `s3`. */
  readonly service?: string;
  /** Returns the secret of an access key; undefined for an unknown access key. */
  readonly findSecret: (accessKeyId: string) => string | undefined;
}

/** The access key and scope that a request says it is signed with: meant for this endpoint, not yet authenticated. */
export interface Credential extends CredentialScope {
  readonly accessKeyId: string;
}

/** Creates the error in the wording of the credential's source: a header, a query or a form. */
export type Refuse = (reason: string, details?: Readonly<Record<string, string>>) => SignatureError;

/**
 * Splits `AKID/yyyyMMdd/region/service/aws4_request` and checks its region and service against this endpoint's. The
 * caller compares the date with the date of the request.
 *
 * @throws the error that `refuse` creates from S3's reason.
 */
export function checkCredential(text: string, options: VerifyOptions, refuse: Refuse): Credential {
  const { region: expectedRegion, service: expectedService = 's3' } = options;
  const parts = text.split('/');
  const [accessKeyId = '', date = '', region = '', service = '', terminator = ''] = parts;
  if (parts.length !== 5) {
    throw refuse(
      'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  }
  if (accessKeyId === '') {
    throw refuse('a non-empty Access Key (AKID) must be provided in the credential.');
  }
  if (region === '') {
    throw refuse('a non-empty region must be provided in the credential.');
  }
  if (region !== expectedRegion) {
    throw refuse(`the region '${region}' is wrong; expecting '${expectedRegion}'`, {
      Region: expectedRegion,
    });
  }
  if (service !== expectedService) {
    throw refuse(`incorrect service "${service}". This endpoint belongs to "${expectedService}".`);
  }
  if (terminator !== scopeTerminator) {
    throw refuse(`incorrect terminal "${terminator}". This endpoint uses "${scopeTerminator}".`);
  }
  if (!/^\d{8}$/.test(date)) {
    throw refuse(
      `incorrect date format "${date}". This date in the credential must be in the format "yyyyMMdd".`,
    );
  }
  return { accessKeyId, date, region, service };
}

/** A presented signature and the text that it claims to sign. */
interface Claim {
  readonly credential: Credential;
  readonly stringToSign: string;
  readonly signature: string;
  /** Sent to the client when the signature does not match, so that it can find the difference. */
  readonly canonicalRequest?: string;
}

const signingKeys = createSigningKeyCache(4096);

/** Stands in for the secret of an unknown access key, so that unknown keys take as long as wrong signatures. */
const decoySecret = randomBytes(30).toString('base64');

/**
 * Recomputes a signature and compares it with the presented one.
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

/** @param details must hold nothing that is computed with the secret. */
export function signatureDoesNotMatch(details: Readonly<Record<string, string>>): SignatureError {
  return new SignatureError(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    details,
  );
}
