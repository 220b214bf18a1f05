import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasKnownTransferCoding, isEndingConnection } from '@bkend/http';
import { type AuthenticationDeps, authenticateRequest, authorise, callerOf } from './auth/authenticate.ts';
import type { AuthenticatedRequest } from './auth/verified-url-cache.ts';
import { S3Error } from './errors/s3-error.ts';
import { addCorsHeaders, answerPreflight } from './http/cors.ts';
import {
  assertOneHost,
  type Exchange,
  hasBody,
  newRequestId,
  type RequestReport,
  reportAtEnd,
} from './http/exchange.ts';
import type { Reply } from './http/reply.ts';
import { type FinishedReply, finishReply, lengthOf, sendReply } from './http/reply.ts';
import { sendError } from './http/send-error.ts';
import type { TransferWatch, WatchedBody } from './http/transfer-watch.ts';
import { isPostForm, postObject } from './operations/forms/post-object.ts';
import type { BucketRequest, ObjectRequest, ProtocolDeps } from './operations/operation.ts';
import { ReceivedRequest } from './operations/received-request.ts';
import {
  assertExpectedOwner,
  assertSupportedHeaders,
  assertUnencrypted,
} from './operations/unsupported-headers.ts';
import { type FoundOperation, findOperation } from './routing/find-operation.ts';
import { findSubresource } from './routing/subresources.ts';

export interface HandlerDeps extends ProtocolDeps, AuthenticationDeps {
  readonly onRequest: ((report: RequestReport) => void) | undefined;
  readonly admitUnsigned: AdmitUnsigned | undefined;
  readonly transfers: TransferWatch;
}

/**
 * Decides whether one more request without a valid signature is answered. Called after the signature was looked for and
 * before anything else is done: once for every preflight, form, unsigned request and request with a wrong signature, so that
 * it can count them too. It is not called for requests with a valid signature.
 *
 * @returns undefined to go on; otherwise the request is answered with 503 `SlowDown` and this `Retry-After`
 */
export type AdmitUnsigned = (request: IncomingMessage) => { readonly retryAfterSeconds: number } | undefined;

/** Answers one request. Never rejects. */
export async function handleRequest(
  deps: HandlerDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Requests on a connection that is being ended are ignored.
  if (isEndingConnection(request)) return;
  const requestId = newRequestId();
  const headers = { 'x-amz-request-id': requestId };
  const exchange: Exchange = {
    request,
    response,
    transfers: deps.transfers,
    requestId,
    headers,
    bytesOut: 0,
  };
  try {
    if (deps.onRequest !== undefined) reportAtEnd(deps.onRequest, exchange);
    if (hasBody(request)) exchange.body = watchBody(exchange);
    assertOneHost(request);
    if (!hasKnownTransferCoding(request)) {
      throw new S3Error('NotImplemented', 'The only transfer coding here is chunked.');
    }
    addCorsHeaders(deps, exchange);
    const reply = request.method === 'OPTIONS' ? preflight(deps, exchange) : perform(deps, exchange);
    // Small reads are ready at once, and sent at once.
    const sending = send(exchange, finishReply(reply instanceof Promise ? await reply : reply));
    if (sending !== undefined) await sending;
  } catch (error) {
    sendError(exchange, error);
  }
  exchange.body?.settle();
}

/** Ends a request whose body comes too slowly. */
function watchBody(exchange: Exchange): WatchedBody {
  const { request, response, transfers } = exchange;
  return transfers.watchReceiving(request, () => {
    if (response.headersSent) request.socket.destroy();
    else refuseBody(exchange, new S3Error('RequestTimeout'));
  });
}

/** Refuses a request whose body is on its way: by its reader, if there is one, which discards first what it has. */
function refuseBody(exchange: Exchange, error: S3Error): void {
  if (exchange.reader === undefined) sendError(exchange, error);
  else exchange.reader.fail(error);
}

function send(exchange: Exchange, reply: FinishedReply): Promise<void> | undefined {
  exchange.bytesOut = lengthOf(reply.body);
  return sendReply(exchange, exchange.headers, reply);
}

/**
 * Operations of presigned URLs that have passed the checks of their `x-amz-…` parameters, which take as long as the rest of a small
 * read. Requests share an entry only through the cache of verified URLs: they have one URL, and no headers of such names.
 */
const checkedOperations = new WeakMap<AuthenticatedRequest, FoundOperation>();

/** Authenticates, finds out what is wanted, authorises, and only then does it. */
function perform(deps: HandlerDeps, exchange: Exchange): Promise<Reply> | Reply {
  const { request, requestId } = exchange;
  const authenticated = authenticateOrLimit(deps, request);
  const { verified, target } = authenticated;
  const caller = callerOf(deps.access, verified);
  const received = new ReceivedRequest(exchange, { verified, target, caller, requestId });
  if (verified.kind === 'anonymous' && isPostForm(received) && findSubresource(target.query) === undefined) {
    exchange.operation = 'PostObject';
    // `isPostForm` has checked that the target names a bucket.
    return postObject(deps, received as BucketRequest, () => exchange.body?.enter('signed'));
  }
  // Unsigned requests are refused before it is known whether their target exists.
  if (verified.kind === 'anonymous') throw new S3Error('AccessDenied');
  exchange.body?.enter('signed');
  const checked = checkedOperations.get(authenticated);
  const found = checked ?? findOperation(received);
  exchange.operation = found.operation.name;
  authorise(caller, found.operation.access, target.bucket);
  if (checked === undefined) {
    assertExpectedOwner(received);
    if (found.operation.access === 'read') assertUnencrypted(received);
    else assertSupportedHeaders(received);
    if (verified.kind === 'query') checkedOperations.set(authenticated, found);
  }
  // findOperation gives a bucket or object operation only for targets that have a bucket, or a key too.
  if (found.scope === 'service') return found.operation.run(deps, received);
  if (found.scope === 'bucket') return found.operation.run(deps, received as BucketRequest);
  return found.operation.run(deps, received as ObjectRequest);
}

/** @throws S3Error `SlowDown` in place of what is wrong with the signature; and as `authenticateRequest` */
function authenticateOrLimit(deps: HandlerDeps, request: IncomingMessage): AuthenticatedRequest {
  let authenticated: AuthenticatedRequest;
  try {
    authenticated = authenticateRequest(deps, request);
  } catch (error) {
    assertAdmitted(deps, request);
    throw error;
  }
  if (authenticated.verified.kind === 'anonymous') assertAdmitted(deps, request);
  return authenticated;
}

/** @throws S3Error `SlowDown` */
function assertAdmitted({ admitUnsigned }: HandlerDeps, request: IncomingMessage): void {
  const refused = admitUnsigned?.(request);
  if (refused === undefined) return;
  throw new S3Error('SlowDown', undefined, { RetryAfter: String(refused.retryAfterSeconds) });
}

/** @throws S3Error `SlowDown`; and as `answerPreflight` */
function preflight(deps: HandlerDeps, exchange: Exchange): Reply {
  assertAdmitted(deps, exchange.request);
  return answerPreflight(exchange);
}
