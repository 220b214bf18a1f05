import { createHmac } from 'node:crypto';

/** A JWS (RFC 7515) in compact form, whatever its header says, signed with HMAC of the hash named. */
export function signToken(
  secret: string,
  claims: Readonly<Record<string, unknown>>,
  { header = {}, hash = 'sha256' }: { header?: object; hash?: string } = {},
): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = { iat: now, exp: now + 3600, ...claims };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode(body)}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}
