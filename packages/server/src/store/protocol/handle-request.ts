import type { IncomingMessage, ServerResponse } from 'node:http';
import { callerOf } from '../auth/authenticate.ts';
import { authorise } from '../auth/caller.ts';
import { S3Error } from '../objects/s3-error.ts';
import { addCorsHeaders, answerPreflight } from './answer-cors.ts';
import { assertExpectedOwner, assertOffered, assertUnencrypted } from './assert-offered.ts';
import { assertOneHost } from './assert-one-host.ts';
import { type AuthenticationDeps, authenticateRequest } from './authenticate-request.ts';
import { type Exchange, hasBody, type RequestReport, reportAtEnd } from './exchange.ts';
import { findOperation } from './find-operation.ts';
import { isEndingConnection } from './linger.ts';
import type { BucketRequest, ObjectRequest, ProtocolDeps } from './operation.ts';
import { isPostForm, postObject } from './post-object.ts';
import { ReceivedRequest } from './received-request.ts';
import type { AuthenticatedRequest } from './remembered-urls.ts';
import type { Reply } from './reply.ts';
import { newRequestId } from './request-id.ts';
import { sendError } from './send-error.ts';
import { type FinishedReply, finishReply, lengthOf, sendReply } from './send-reply.ts';
import type { TransferWatch, WatchedBody } from './transfer-watch.ts';

export interface HandlerDeps extends ProtocolDeps, AuthenticationDeps {
  readonly onRequest: ((report: RequestReport) => void) | undefined;
  readonly admitUnsigned: AdmitUnsigned | undefined;
  readonly transfers: TransferWatch;
}

/**
 * Decides whether one more request without a valid signature is answered. Called after the signature was looked for and
 * before anything else is done: once for every preflight, form, unsigned request and request with a wrong signature, so that
 * it can count them too. A request with a valid signature never comes here.
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
  // What follows on a connection that is being ended is not acted upon.
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
    else sendError(exchange, new S3Error('RequestTimeout'));
  });
}

function send(exchange: Exchange, reply: FinishedReply): Promise<void> | undefined {
  exchange.bytesOut = lengthOf(reply.body);
  return sendReply(exchange, exchange.headers, reply);
}

/** Authenticates, finds out what is wanted, authorises, and only then does it. */
function perform(deps: HandlerDeps, exchange: Exchange): Promise<Reply> | Reply {
  const { request, requestId } = exchange;
  const { verified, target } = authenticateOrLimit(deps, request);
  const caller = callerOf(deps.access, verified);
  const received = new ReceivedRequest(exchange, { verified, target, caller, requestId });
  if (verified.kind === 'anonymous' && isPostForm(received)) {
    exchange.operation = 'PostObject';
    // That there is a bucket is part of being one.
    return postObject(deps, received as BucketRequest, () => exchange.body?.enter('signed'));
  }
  // Whatever it is; those who do not sign are not even told what there is.
  if (verified.kind === 'anonymous') throw new S3Error('AccessDenied');
  exchange.body?.enter('signed');
  const found = findOperation(received);
  exchange.operation = found.operation.name;
  authorise(caller, found.operation.access, target.bucket);
  assertExpectedOwner(received);
  if (found.operation.access === 'read') assertUnencrypted(received);
  else assertOffered(received);
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
