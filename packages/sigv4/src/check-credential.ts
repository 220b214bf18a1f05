import { type CredentialScope, scopeTerminator } from './credential-scope.ts';
import type { SignatureError } from './signature-error.ts';
import type { VerifyOptions } from './verify-options.ts';

/** Whose key a request says it is signed with, and for what; bound to this endpoint, not yet authenticated. */
export interface Credential extends CredentialScope {
  readonly accessKeyId: string;
}

/** Makes the error, in the words of the place the credential was found in: a header, a query or a form. */
export type Refuse = (reason: string, details?: Readonly<Record<string, string>>) => SignatureError;

/**
 * Splits `AKID/yyyyMMdd/region/service/aws4_request` and binds it to this endpoint's region and service. The
 * date is left to the caller, who knows what it has to equal.
 *
 * @throws what `refuse` makes of S3's reasons.
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
