import { type CredentialScope, type PresentedCredential, parseCredential } from './credential-scope.ts';
import type { SignatureError } from './signature-error.ts';

/** Makes the error in the words of the place the credential came from: a header, a query or a form. */
export type Refuse = (reason: string, details?: Readonly<Record<string, string>>) => SignatureError;

/**
 * Splits a credential and holds it against the one scope this endpoint accepts.
 *
 * @param expected the endpoint's region and service, and the date of `X-Amz-Date`.
 * @throws whatever `refuse` makes, with S3's reasons.
 */
export function checkCredential(
  text: string,
  expected: CredentialScope,
  refuse: Refuse,
): PresentedCredential {
  const credential = parseCredential(text);
  if (credential === undefined) {
    throw refuse(
      'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  }
  const { accessKeyId, date, region, service, terminator } = credential;
  if (accessKeyId === '') {
    throw refuse('a non-empty Access Key (AKID) must be provided in the credential.');
  }
  if (!/^\d{8}$/.test(date)) {
    throw refuse(
      `incorrect date format "${date}". This date in the credential must be in the format "yyyyMMdd".`,
    );
  }
  if (region !== expected.region) {
    throw refuse(`the region '${region}' is wrong; expecting '${expected.region}'`, {
      Region: expected.region,
    });
  }
  if (service !== expected.service) {
    throw refuse(`incorrect service "${service}". This endpoint belongs to "${expected.service}".`);
  }
  if (terminator !== 'aws4_request') {
    throw refuse(`incorrect terminal "${terminator}". This endpoint uses "aws4_request".`);
  }
  if (date !== expected.date) {
    throw refuse(
      `Invalid credential date "${date}". This date is not the same as X-Amz-Date: "${expected.date}".`,
    );
  }
  return credential;
}
