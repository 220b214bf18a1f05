import { recodePath, recodeQueryPart } from './encode.ts';
import { SignatureError } from './signature-error.ts';

/** A query name and value, both percent-encoded in canonical spelling. */
export type EncodedPair = readonly [name: string, value: string];

/** A request target (RFC 9112 §3.2) in canonical spelling: still encoded, never normalised. */
export interface RequestTarget {
  /** Host and port of a target in absolute form, which take precedence over the Host header (RFC 9112 §3.2.2). */
  readonly authority?: string;
  readonly path: string;
  /** In the order they arrived. */
  readonly query: readonly EncodedPair[];
}

/**
 * The query parameters that authenticate a presigned URL. Their names are case-sensitive.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export const queryParameters = {
  algorithm: 'X-Amz-Algorithm',
  credential: 'X-Amz-Credential',
  date: 'X-Amz-Date',
  expires: 'X-Amz-Expires',
  signedHeaders: 'X-Amz-SignedHeaders',
  signature: 'X-Amz-Signature',
  securityToken: 'X-Amz-Security-Token',
} as const;

/** The shortest life of a presigned URL. */
export const minExpiresInSeconds = 1;

/** The longest life of a presigned URL, and of the key that signs it: seven days. */
export const maxExpiresInSeconds = 604_800;

/**
 * Splits a raw request target and brings it into canonical spelling.
 *
 * URL parsers must not touch a target before this: they rewrite `/b/a/../c` and `%2e%2e`, which are
 * legitimate S3 keys and part of what was signed.
 *
 * @param rawUrl Node's `req.url`, untouched.
 * @throws SignatureError `InvalidURI` for anything but origin-form and absolute-form (RFC 9112 §3.2.1, §3.2.2), and
 *   for bad percent-encoding.
 */
export function parseRequestTarget(rawUrl: string): RequestTarget {
  if (rawUrl.startsWith('/')) return parseOriginForm(rawUrl);
  const [, authority, rest = ''] = absoluteForm.exec(rawUrl) ?? [];
  if (authority === undefined) throw new SignatureError('InvalidURI', "Couldn't parse the specified URI.");
  return { authority, ...parseOriginForm(rest.startsWith('/') ? rest : `/${rest}`) };
}

/** A host, an optional port, and no user (RFC 9110 §4.2.4). */
const absoluteForm = /^https?:\/\/([\w.\-~!$&'()*+,;=%:[\]]+)(?:([/?].*))?$/is;

function parseOriginForm(rawUrl: string): RequestTarget {
  const queryStart = rawUrl.indexOf('?');
  if (queryStart < 0) return { path: recodePath(rawUrl), query: [] };
  return { path: recodePath(rawUrl.slice(0, queryStart)), query: parseQuery(rawUrl.slice(queryStart + 1)) };
}

function parseQuery(rawQuery: string): EncodedPair[] {
  const pairs: EncodedPair[] = [];
  for (const part of rawQuery.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? '' : part.slice(equals + 1);
    pairs.push([recodeQueryPart(name), recodeQueryPart(value)]);
  }
  return pairs;
}
