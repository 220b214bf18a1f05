import { SignatureError } from './signature-error.ts';
import type { VerifyOptions } from './verify-options.ts';

const defaultMaxSkewSeconds = 900;

/**
 * A signed header is good for as long as clocks may differ, before and after.
 *
 * @throws SignatureError `RequestTimeTooSkewed`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html (time stamp requirement)
 */
export function checkSkew(signedAt: Date, options: VerifyOptions): void {
  const { now, maxSkewSeconds = defaultMaxSkewSeconds } = options;
  if (Math.abs(now.getTime() - signedAt.getTime()) <= maxSkewSeconds * 1000) return;
  throw new SignatureError(
    'RequestTimeTooSkewed',
    'The difference between the request time and the current time is too large.',
    {
      RequestTime: formatTime(signedAt),
      ServerTime: formatTime(now),
      MaxAllowedSkewMilliseconds: String(maxSkewSeconds * 1000),
    },
  );
}

/** When a presigned URL begins, and how long it lasts. */
export interface Lifetime {
  readonly signedAt: Date;
  readonly expiresInSeconds: number;
}

/**
 * A presigned URL begins when it was signed, give or take the skew, and ends exactly `expiresInSeconds` later.
 *
 * @returns its last moment
 * @throws SignatureError `AccessDenied` before and after.
 */
export function checkLifetime(lifetime: Lifetime, options: VerifyOptions): Date {
  const { signedAt, expiresInSeconds } = lifetime;
  const { now, maxSkewSeconds = defaultMaxSkewSeconds } = options;
  const expiresAt = new Date(signedAt.getTime() + expiresInSeconds * 1000);
  const refuse = (message: string) =>
    new SignatureError('AccessDenied', message, {
      'X-Amz-Expires': String(expiresInSeconds),
      Expires: formatTime(expiresAt),
      ServerTime: formatTime(now),
    });
  if (signedAt.getTime() > now.getTime() + maxSkewSeconds * 1000) throw refuse('Request is not yet valid');
  if (now.getTime() > expiresAt.getTime()) throw refuse('Request has expired');
  return expiresAt;
}

/** S3 writes the times of its error documents without milliseconds. */
function formatTime(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
