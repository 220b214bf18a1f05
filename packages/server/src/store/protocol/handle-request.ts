import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseRequestTarget } from '@bkend/sigv4';
import { callerOf } from '../auth/authenticate.ts';
import { authorise } from '../auth/caller.ts';
import { bucketKey } from '../index/keys.ts';
import { S3Error } from '../objects/s3-error.ts';
import { assertExpectedOwner, assertOffered } from './assert-offered.ts';
import { type AuthenticationDeps, authenticateRequest } from './authenticate-request.ts';
import { corsHeaders } from './cors.ts';
import { findOperation } from './find-operation.ts';
import type { BucketRequest, ObjectRequest, ProtocolDeps } from './operation.ts';
import { isPostForm, postObject } from './post-object.ts';
import { ReceivedRequest } from './received-request.ts';
import type { AuthenticatedRequest } from './remembered-urls.ts';
import { renderError } from './render-error.ts';
import type { Reply } from './reply.ts';
import { newRequestId } from './request-id.ts';
import { readTarget } from './s3-request.ts';
import { type FinishedReply, finishDocument, finishReply, sendReply } from './send-reply.ts';

/** What is to be known of a request once it is over; nothing in it is secret. */
export interface RequestReport {
  readonly requestId: string;
  readonly method: string;
  /** Without query, which may hold a signature. */
  readonly path: string;
  /** As the S3 documentation calls it; absent when it never came to that. */
  readonly operation?: string;
  readonly status: number;
  /** S3's code, of failed ones. */
  readonly errorCode?: string;
  /** What went wrong, of those that are our fault. */
  readonly cause?: unknown;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
}

export interface HandlerDeps extends ProtocolDeps, AuthenticationDeps {
  readonly onRequest: ((report: RequestReport) => void) | undefined;
  readonly admitUnsigned: AdmitUnsigned | undefined;
}

/**
 * Decides whether one more request without a valid signature is answered. Called after the signature was looked for and
 * before anything else is done: once for every preflight, form, unsigned request and request with a wrong signature, so that
 * it can count them too. A request with a valid signature never comes here.
 *
 * @returns undefined to go on; otherwise the request is answered with 503 `SlowDown` and this `Retry-After`
 */
export type AdmitUnsigned = (request: IncomingMessage) => { readonly retryAfterSeconds: number } | undefined;

/** How much of a refused body is still read, so that a client that is busy sending gets to see the answer. */
const maxDrainedBytes = 16 * 1024 * 1024;

/** Answers one request. Never rejects. */
export async function handleRequest(
  deps: HandlerDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = newRequestId();
  const headers = { 'x-amz-request-id': requestId };
  const exchange: Exchange = { request, response, requestId, headers, bytesOut: 0 };
  if (deps.onRequest !== undefined) reportAtEnd(deps.onRequest, exchange);
  try {
    addCorsHeaders(deps, exchange);
    const reply = request.method === 'OPTIONS' ? answerPreflight(deps, exchange) : perform(deps, exchange);
    // Small reads are ready at once, and sent at once.
    const sending = send(exchange, finishReply(reply instanceof Promise ? await reply : reply));
    if (sending !== undefined) await sending;
  } catch (error) {
    await sendError(exchange, error);
  }
}

/** One request, and what has become of it so far. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** That every answer has. */
  readonly headers: Record<string, string>;
  operation?: string;
  errorCode?: string;
  cause?: unknown;
  bytesOut: number;
}

function reportAtEnd(report: (report: RequestReport) => void, exchange: Exchange): void {
  const startedAt = performance.now();
  const { request, response, requestId } = exchange;
  response.once('close', () => {
    const { operation, errorCode, cause, bytesOut } = exchange;
    report({
      ...(operation !== undefined && { operation }),
      ...(errorCode !== undefined && { errorCode }),
      ...(cause !== undefined && { cause }),
      requestId,
      method: request.method ?? '',
      path: pathOf(request),
      status: response.statusCode,
      bytesIn: Number(request.headers['content-length'] ?? 0),
      bytesOut,
      durationMs: performance.now() - startedAt,
    });
  });
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const queryStart = url.indexOf('?');
  return queryStart < 0 ? url : url.slice(0, queryStart);
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
    return postObject(deps, received as BucketRequest);
  }
  // Whatever it is; those who do not sign are not even told what there is.
  if (verified.kind === 'anonymous') throw new S3Error('AccessDenied');
  const found = findOperation(received);
  exchange.operation = found.operation.name;
  authorise(caller, found.operation.access, target.bucket);
  assertExpectedOwner(received);
  if (found.operation.access !== 'read') assertOffered(received);
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

function addCorsHeaders(deps: HandlerDeps, { request, headers }: Exchange): void {
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

/** @throws S3Error `AccessForbidden` when no rule of the bucket allows what the browser wants to do, `BadRequest`, `SlowDown` */
function answerPreflight(deps: HandlerDeps, { request, headers }: Exchange): Reply {
  assertAdmitted(deps, request);
  if (request.headers.origin === undefined) {
    throw new S3Error('BadRequest', 'Insufficient information. Origin request header needed.');
  }
  if (request.headers['access-control-request-method'] === undefined) {
    throw new S3Error('BadRequest', 'Invalid Access-Control-Request-Method: null');
  }
  if (headers['access-control-allow-origin'] !== undefined) return { status: 200 };
  throw new S3Error('AccessForbidden');
}

function send(exchange: Exchange, reply: FinishedReply): Promise<void> | undefined {
  exchange.bytesOut = Number(reply.headers['content-length'] ?? 0);
  return sendReply(exchange.response, exchange.headers, reply);
}

async function sendError(exchange: Exchange, error: unknown): Promise<void> {
  const { request, response, requestId } = exchange;
  const rendered = renderError(error, { resource: pathOf(request), requestId });
  exchange.errorCode = rendered.code;
  if (rendered.code === 'InternalError') exchange.cause = error;
  else if (error instanceof S3Error && error.cause !== undefined) exchange.cause = error.cause;
  if (response.headersSent) {
    // Half an object is out already; only a broken connection tells the client that it is not the whole.
    response.destroy();
    return;
  }
  const { status, document } = rendered;
  const headers = {
    ...rendered.headers,
    ...(!request.complete && limitDraining(request)),
  };
  const isHead = request.method === 'HEAD';
  await send(
    exchange,
    isHead ? { status, headers, body: undefined } : finishDocument({ status, headers }, document),
  );
}

/** Bounds what is still read of a body that nobody wants. Returns the headers to answer with. */
function limitDraining(request: IncomingMessage): Record<string, string> {
  const expectsContinue = request.headers.expect !== undefined;
  const announced = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  let drained = 0;
  request.on('data', (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > maxDrainedBytes) request.destroy();
  });
  // Nothing more will come from a client that was waiting for our leave.
  return expectsContinue || announced > maxDrainedBytes ? { connection: 'close' } : {};
}
