import type { IncomingMessage, ServerResponse } from 'node:http';
import { verifyRequest } from '@bkend/sigv4';
import { callerOf, verifyOptions } from '../auth/authenticate.ts';
import { authorise } from '../auth/caller.ts';
import { bucketKey } from '../index/keys.ts';
import { S3Error } from '../objects/s3-error.ts';
import { assertExpectedOwner, assertOffered } from './assert-offered.ts';
import { corsHeaders } from './cors.ts';
import { findOperation } from './find-operation.ts';
import type { BucketRequest, ObjectRequest, ProtocolDeps } from './operation.ts';
import { isPostForm, postObject } from './post-object.ts';
import { renderError } from './render-error.ts';
import type { Reply } from './reply.ts';
import { RequestBody } from './request-body.ts';
import { newRequestId } from './request-id.ts';
import { type RequestTarget, readTarget, type S3Request } from './s3-request.ts';
import { sendReply } from './send-reply.ts';

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

export interface HandlerDeps extends ProtocolDeps {
  /** Below which hosts buckets have names of their own. */
  readonly baseDomain: string | undefined;
  readonly onRequest: ((report: RequestReport) => void) | undefined;
}

/** How much of a refused body is still read, so that a client that is busy sending gets to see the answer. */
const maxDrainedBytes = 16 * 1024 * 1024;

/** Answers one request. Never rejects. */
export async function handleRequest(
  deps: HandlerDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startedAt = performance.now();
  const requestId = newRequestId();
  const path = (request.url ?? '/').replace(/\?.*$/s, '');
  const outcome: { operation?: string; errorCode?: string; cause?: unknown } = {};
  response.setHeader('x-amz-request-id', requestId);
  response.setHeader('server', 'bkend-storage');
  response.once('close', () => {
    deps.onRequest?.({
      ...outcome,
      requestId,
      method: request.method ?? '',
      path,
      status: response.statusCode,
      bytesIn: Number(request.headers['content-length'] ?? 0),
      bytesOut: Number(response.getHeader('content-length') ?? 0),
      durationMs: performance.now() - startedAt,
    });
  });
  try {
    const exchange = { request, response, requestId };
    const target = readTarget({ rawUrl: request.url ?? '', host: request.headers.host }, deps.baseDomain);
    setCorsHeaders(deps, exchange, target);
    const reply =
      request.method === 'OPTIONS'
        ? answerPreflight(request, response)
        : await perform(deps, { ...exchange, target, onFound: (name) => (outcome.operation = name) });
    await sendReply(response, reply);
  } catch (error) {
    const rendered = renderError(error, { resource: path, requestId });
    outcome.errorCode = rendered.code;
    if (rendered.code === 'InternalError') outcome.cause = error;
    else if (error instanceof S3Error && error.cause !== undefined) outcome.cause = error.cause;
    sendError(request, response, rendered);
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

/** Authenticates, finds out what is wanted, authorises, and only then does it. */
async function perform(
  deps: HandlerDeps,
  exchange: Exchange & { readonly target: RequestTarget; readonly onFound: (operation: string) => void },
): Promise<Reply> {
  const { request, response, requestId, target } = exchange;
  const method = request.method ?? '';
  const received = { method, rawUrl: request.url ?? '', rawHeaders: request.rawHeaders };
  const verified = verifyRequest(received, verifyOptions(deps.access));
  const caller = callerOf(deps.access, verified);
  const header = headerReader(request, target, verified.kind === 'query');

  const s3Request: S3Request = {
    method,
    target,
    caller,
    requestId,
    body: new RequestBody(request, response, verified),
    header,
    sentHeader: (name) => headerReader(request, target, false)(name),
    headers: () => listHeaders(request, target, verified.kind === 'query'),
  };
  if (verified.kind === 'anonymous' && isPostForm(s3Request)) {
    exchange.onFound('PostObject');
    // That there is a bucket is part of being one.
    return await postObject(deps, s3Request as BucketRequest);
  }
  // Whatever it is; those who do not sign are not even told what there is.
  if (verified.kind === 'anonymous') throw new S3Error('AccessDenied');
  const found = findOperation(method, target, header);
  exchange.onFound(found.operation.name);
  authorise(caller, found.operation.access, target.bucket);
  assertExpectedOwner(s3Request);
  if (found.operation.access !== 'read') assertOffered(s3Request);
  // findOperation gives a bucket or object operation only for targets that have a bucket, or a key too.
  if (found.scope === 'service') return await found.operation.run(deps, s3Request);
  if (found.scope === 'bucket') return await found.operation.run(deps, s3Request as BucketRequest);
  return await found.operation.run(deps, s3Request as ObjectRequest);
}

function headerReader(
  request: IncomingMessage,
  target: RequestTarget,
  isPresigned: boolean,
): (name: string) => string | undefined {
  return (name) => {
    const value = request.headers[name];
    if (value !== undefined) return Array.isArray(value) ? value.join(',') : value;
    return isPresigned && name.startsWith('x-amz-') ? findParameter(target, name) : undefined;
  };
}

/** Presigners move headers into the URL in any case they like. */
function findParameter(target: RequestTarget, name: string): string | undefined {
  for (const [parameter, value] of target.query) if (parameter.toLowerCase() === name) return value;
  return undefined;
}

function* listHeaders(
  request: IncomingMessage,
  target: RequestTarget,
  isPresigned: boolean,
): Generator<readonly [string, string]> {
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) yield [name, Array.isArray(value) ? value.join(',') : value];
  }
  if (!isPresigned) return;
  for (const [name, value] of target.query) {
    const lowerCaseName = name.toLowerCase();
    if (lowerCaseName.startsWith('x-amz-') && request.headers[lowerCaseName] === undefined) {
      yield [lowerCaseName, value];
    }
  }
}

function setCorsHeaders(deps: HandlerDeps, exchange: Exchange, target: RequestTarget): void {
  const { request, response } = exchange;
  const { origin } = request.headers;
  if (origin === undefined || target.bucket === undefined) return;
  const isPreflight = request.method === 'OPTIONS';
  const wantedHeaders = isPreflight ? request.headers['access-control-request-headers'] : undefined;
  const headers = corsHeaders(deps.store.index.tables.buckets.get(bucketKey(target.bucket))?.cors, {
    origin,
    method: (isPreflight ? request.headers['access-control-request-method'] : request.method) ?? '',
    headers: (wantedHeaders ?? '')
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== ''),
  });
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
}

/** @throws S3Error `AccessForbidden` when no rule of the bucket allows what the browser wants to do, `BadRequest` */
function answerPreflight({ headers }: IncomingMessage, response: ServerResponse): Reply {
  if (headers.origin === undefined) {
    throw new S3Error('BadRequest', 'Insufficient information. Origin request header needed.');
  }
  if (headers['access-control-request-method'] === undefined) {
    throw new S3Error('BadRequest', 'Invalid Access-Control-Request-Method: null');
  }
  if (response.hasHeader('access-control-allow-origin')) return { status: 200 };
  throw new S3Error('AccessForbidden');
}

function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  error: ReturnType<typeof renderError>,
): void {
  if (response.headersSent) {
    // Half an object is out already; only a broken connection tells the client that it is not the whole.
    response.destroy();
    return;
  }
  const document = Buffer.from(error.document);
  response.statusCode = error.status;
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  if (!request.complete) limitDraining(request, response);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  response.setHeader('content-type', 'application/xml');
  response.setHeader('content-length', document.length);
  response.end(document);
}

function limitDraining(request: IncomingMessage, response: ServerResponse): void {
  const expectsContinue = request.headers.expect !== undefined;
  const announced = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  // Nothing more will come from a client that was waiting for our leave.
  if (expectsContinue || announced > maxDrainedBytes) response.setHeader('connection', 'close');
  let drained = 0;
  request.on('data', (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > maxDrainedBytes) request.destroy();
  });
}
