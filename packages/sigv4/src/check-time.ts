import { SignatureError } from './signature-error.ts';

/** How far a clock may be off before its requests are refused: 15 minutes. */
export const defaultMaxSkewSeconds = 900;

/**
 * A signed header is good for as long as clocks may differ, both ways.
 *
 * @throws SignatureError `RequestTimeTooSkewed`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html (time stamp requirement)
 */
export function checkSkew(signedAt: Date, now: Date, maxSkewSeconds: number): void {
  if (Math.abs(now.getTime() - signedAt.getTime()) <= maxSkewSeconds * 1000) return;
  throw new SignatureError(
    'RequestTimeTooSkewed',
    'The difference between the request time and the current time is too large.',
    {
      RequestTime: signedAt.toISOString(),
      ServerTime: now.toISOString(),
      MaxAllowedSkewMilliseconds: String(maxSkewSeconds * 1000),
    },
  );
}

/**
 * A presigned URL begins when it was signed, give or take the skew, and ends exactly `expiresInSeconds` later.
 *
 * @throws SignatureError `AccessDenied` before and after that.
 */
export function checkLifetime(
  life: { readonly signedAt: Date; readonly expiresInSeconds: number },
  now: Date,
  maxSkewSeconds: number,
): void {
  const { signedAt, expiresInSeconds } = life;
  const expiresAt = new Date(signedAt.getTime() + expiresInSeconds * 1000);
  if (signedAt.getTime() > now.getTime() + maxSkewSeconds * 1000) {
    throw new SignatureError('AccessDenied', 'Request is not yet valid', {
      RequestTime: signedAt.toISOString(),
      ServerTime: now.toISOString(),
    });
  }
  if (now.getTime() > expiresAt.getTime()) {
    throw new SignatureError('AccessDenied', 'Request has expired', {
      'X-Amz-Expires': String(expiresInSeconds),
      Expires: expiresAt.toISOString(),
      ServerTime: now.toISOString(),
    });
  }
}
