import { signatureDoesNotMatch } from './authenticate.ts';
import type { HeaderMap } from './headers.ts';
import { SignatureError } from './signature-error.ts';

/**
 * Splits `host;x-amz-date` and holds it against the headers that came.
 *
 * `host` has to be signed, and `content-md5` and every `x-amz-*` header where they are present: with an unsigned
 * `x-amz-copy-source` a presigned PUT would copy someone else's object. `x-amz-content-sha256` may be left out,
 * since its value is the last line of the canonical request. And what was signed has to be present.
 *
 * @throws SignatureError `AccessDenied` naming the headers that are not signed; `SignatureDoesNotMatch` for a
 *   list that names a header that did not come.
 */
export function checkSignedHeaders(announced: string, headers: HeaderMap): string[] {
  const signedHeaders = announced.split(';');
  const signed = new Set(signedHeaders);
  const notSigned = signed.has('host') ? [] : ['host'];
  for (const name of headers.keys()) {
    if (mustBeSigned(name) && !signed.has(name)) notSigned.push(name);
  }
  if (notSigned.length > 0) {
    const message = 'There were headers present in the request which were not signed';
    throw new SignatureError('AccessDenied', message, { HeadersNotSigned: notSigned.join(', ') });
  }
  const missing = signedHeaders.filter((name) => !headers.has(name));
  if (missing.length > 0) throw signatureDoesNotMatch({ HeadersMissing: missing.join(', ') });
  return signedHeaders;
}

function mustBeSigned(name: string): boolean {
  return name === 'content-md5' || (name.startsWith('x-amz-') && name !== 'x-amz-content-sha256');
}
