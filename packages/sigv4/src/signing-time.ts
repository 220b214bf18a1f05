import { SignatureError } from './signature-error.ts';

/** A UTC instant as `yyyyMMdd'T'HHmmss'Z'` (ISO 8601 basic format), the only spelling `X-Amz-Date` may have. */
export type AmzDate = string;

/**
 * Formats an instant for `X-Amz-Date`, dropping the milliseconds.
 *
 * @returns such as `20130524T000000Z`.
 */
export function formatAmzDate(date: Date): AmzDate {
  const iso = date.toISOString(); // 2013-05-24T00:00:00.000Z
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
}

/**
 * Parses the value of `X-Amz-Date`.
 *
 * @returns undefined for another spelling and for an instant that does not exist, such as the 30th of February.
 */
export function parseAmzDate(text: string): Date | undefined {
  if (!/^\d{8}T\d{6}Z$/.test(text)) return undefined;
  const number = (start: number, end: number) => Number(text.slice(start, end));
  const [year, month, day] = [number(0, 4), number(4, 6), number(6, 8)];
  const [hour, minute, second] = [number(9, 11), number(11, 13), number(13, 15)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // Date takes the 30th of February for a day in March, and the year 99 for 1999.
  const exists =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date : undefined;
}

/** The clock of the verifying endpoint. */
export interface Clock {
  readonly now: Date;
  /** Seconds by which the clocks of client and server may differ. Default 900. */
  readonly maxSkewSeconds?: number;
}

const defaultMaxSkewSeconds = 900;

/**
 * Checks the time of a signature in a header: it is valid for the allowed clock skew before and after `signedAt`.
 *
 * @throws SignatureError `RequestTimeTooSkewed`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html (time stamp requirement)
 */
export function checkSkew(signedAt: Date, { now, maxSkewSeconds = defaultMaxSkewSeconds }: Clock): void {
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

/** The validity period of a presigned URL. */
export interface Lifetime {
  readonly signedAt: Date;
  readonly expiresInSeconds: number;
}

/**
 * Checks the time of a presigned URL: it is valid from `signedAt` less the allowed clock skew until exactly
 * `expiresInSeconds` after `signedAt`.
 *
 * @returns the last valid instant.
 * @throws SignatureError `AccessDenied` before and after the period.
 */
export function checkLifetime(
  { signedAt, expiresInSeconds }: Lifetime,
  { now, maxSkewSeconds = defaultMaxSkewSeconds }: Clock,
): Date {
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
