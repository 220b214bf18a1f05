import { parseRequestTarget } from '@bkend/sigv4';
import { bucketKey } from '../index/keys.ts';
import type { StoreDeps } from '../objects/deps.ts';
import { S3Error } from '../objects/s3-error.ts';
import { corsHeaders } from './cors.ts';
import type { Exchange } from './exchange.ts';
import type { Reply } from './reply.ts';
import { readTarget } from './s3-request.ts';

/**
 * Adds what the rules of the bucket allow a browser, to every answer to come, refusals included.
 *
 * @throws SignatureError `InvalidURI`; S3Error as `readTarget`
 */
export function addCorsHeaders(
  deps: { readonly store: StoreDeps; readonly baseDomain: string | undefined },
  { request, headers }: Exchange,
): void {
  const { origin, host } = request.headers;
  if (origin === undefined) return;
  const encoded = parseRequestTarget(request.url ?? '');
  const { bucket } = readTarget(encoded, { host, baseDomain: deps.baseDomain });
  if (bucket === undefined) return;
  const isPreflight = request.method === 'OPTIONS';
  const wantedHeaders = isPreflight ? request.headers['access-control-request-headers'] : undefined;
  const allowed = corsHeaders(deps.store.index.tables.buckets.get(bucketKey(bucket))?.cors, {
    origin,
    method: (isPreflight ? request.headers['access-control-request-method'] : request.method) ?? '',
    headers: (wantedHeaders ?? '')
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== ''),
  });
  Object.assign(headers, allowed);
}

/** @throws S3Error `AccessForbidden` when no rule of the bucket allows what the browser wants to do, `BadRequest` */
export function answerPreflight({ request, headers }: Exchange): Reply {
  if (request.headers.origin === undefined) {
    throw new S3Error('BadRequest', 'Insufficient information. Origin request header needed.');
  }
  if (request.headers['access-control-request-method'] === undefined) {
    throw new S3Error('BadRequest', 'Invalid Access-Control-Request-Method: null');
  }
  if (headers['access-control-allow-origin'] !== undefined) return { status: 200 };
  throw new S3Error('AccessForbidden');
}
