import { createHash } from 'node:crypto';
import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { urlToHttpOptions } from 'node:url';
import { type Credentials, createSigner, encodePathS3, type Signer } from '@bkend/sigv4';
import type { BucketAddress } from './bucket-address.ts';
import { type Meanings, Refusal, translate } from './refusal.ts';

/** One request about one object, or about the bucket. */
export interface DirectCall {
  readonly method: 'HEAD' | 'GET' | 'PUT' | 'DELETE' | 'POST';
  /** '': the bucket itself. */
  readonly key: string;
  /** A subresource. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Held in memory, so that the request can be repeated. */
  readonly body?: Buffer;
  /** Timeout while the store is silent, in milliseconds. */
  readonly timeoutMs: number;
  /** Bytes that are read at most from the answer to a GET; the rest is left unread. */
  readonly maxBytes?: number;
  /** Whether the request is never repeated. */
  readonly isOnce?: boolean;
}

export interface DirectAnswer {
  readonly headers: IncomingHttpHeaders;
  /** Text; the bytes of an object, one a character (latin1). */
  readonly body: string;
}

export interface DirectCalls extends Disposable {
  /** Sends a request to the store. @throws as `Connection.ask` does */
  ask<M = never>(call: DirectCall, meanings?: Meanings<M>): Promise<DirectAnswer | M>;
}

interface DirectOptions {
  readonly address: BucketAddress;
  readonly region: string;
  readonly bucket: string;
  readonly credentials: () => Promise<Credentials>;
}

const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const maxAttempts = 3;
const pauseMs = 100;
const maxSockets = 256;

/**
 * Sends the few requests that every registration and deletion makes, signed by our own signer. The AWS SDK takes a millisecond
 * of CPU for each, several times the request itself; it sends all other requests.
 */
export function openDirectCalls({ address, region, bucket, credentials }: DirectOptions): DirectCalls {
  const isSecure = address.origin.startsWith('https:');
  const agent = isSecure
    ? new HttpsAgent({ keepAlive: true, maxSockets })
    : new HttpAgent({ keepAlive: true, maxSockets });
  const send = isSecure ? httpsRequest : httpRequest;
  const { protocol, hostname, port } = urlToHttpOptions(new URL(address.origin));
  let current: { readonly credentials: Credentials; readonly signer: Signer } | undefined;
  const signerNow = async () => {
    const now = await credentials();
    if (current?.credentials !== now) {
      current = { credentials: now, signer: createSigner({ credentials: now, region }) };
    }
    return current.signer;
  };

  async function attempt({
    method,
    key,
    query,
    headers = {},
    body: sent,
    timeoutMs,
    maxBytes,
  }: DirectCall): Promise<DirectAnswer> {
    const path = address.basePath + key;
    const signed = (await signerNow()).sign({
      method,
      endpoint: address.origin,
      path,
      ...(query !== undefined && { query: { [query]: '' } }),
      headers,
      payloadHash: sent === undefined ? emptyHash : createHash('sha256').update(sent).digest('hex'),
      at: new Date(),
    });
    const length =
      method === 'PUT' || method === 'POST' ? { 'content-length': String(sent?.length ?? 0) } : {};
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const target = {
        protocol,
        hostname,
        port,
        path: encodePathS3(path) + (query === undefined ? '' : `?${query}=`),
      };
      const request = send({ ...target, method, agent, headers: { ...signed, ...length } }, resolve);
      request.setTimeout(timeoutMs, () => request.destroy(new Error('The object store does not answer.')));
      request.on('error', reject);
      request.end(sent);
    });
    const { statusCode: status = 0 } = response;
    const isObject = method === 'GET' && status < 300;
    const body = isObject ? await readBody(response, 'latin1', maxBytes) : await readBody(response, 'utf8');
    // A copy may be refused after a 200 was sent.
    if (isObject || (status < 300 && !body.includes('<Error>'))) return { headers: response.headers, body };
    throw readRefusal(response, body);
  }

  return {
    async ask(call, meanings) {
      for (let count = 1; ; count += 1) {
        try {
          return await attempt(call);
        } catch (error) {
          const meaning = error instanceof Refusal ? meanings?.[error.name] : undefined;
          if (meaning && error instanceof Refusal) return meaning(error);
          const isOver = call.isOnce === true || count === maxAttempts;
          if (isOver || (error instanceof Refusal && !isRetryable(error))) throw translate(error, bucket);
          await sleep(pauseMs * count * Math.random());
        }
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** These answers are short: events take a third of the time of iteration. */
function readBody(
  response: IncomingMessage,
  encoding: 'utf8' | 'latin1',
  maxCharacters = Number.POSITIVE_INFINITY,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = '';
    response.setEncoding(encoding);
    response.on('data', (chunk: string) => {
      body += chunk;
      if (body.length <= maxCharacters) return;
      // A store that does not honour ranges sends the whole object.
      resolve(body.slice(0, maxCharacters));
      response.destroy();
    });
    response.on('end', () => resolve(body));
    response.on('error', reject);
  });
}

/** Whether the store is busy or failed temporarily. */
function isRetryable({ status, name }: Refusal): boolean {
  return status >= 500 || status === 429 || status === 408 || name === 'SlowDown' || name === 'InternalError';
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
function readRefusal({ statusCode: status = 0, headers }: IncomingMessage, body: string): Refusal {
  const code = /<Code>([^<]*)<\/Code>/.exec(body)?.[1] ?? nameOfStatus[status] ?? `Status${status}`;
  const message = /<Message>([^<]*)<\/Message>/.exec(body)?.[1] ?? code;
  const requestId = headers['x-amz-request-id'];
  const region = headers['x-amz-bucket-region'];
  return new Refusal(
    Object.assign(new Error(message), {
      name: code,
      $metadata: typeof requestId === 'string' ? { requestId } : {},
      $response: { headers: typeof region === 'string' ? { 'x-amz-bucket-region': region } : {} },
    }),
    // An error in the body of a success is one of the store's own.
    status < 300 ? 500 : status,
  );
}

/** Answers to HEAD have no body: the error's code follows from the status. */
const nameOfStatus: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  404: 'NotFound',
  412: 'PreconditionFailed',
};
