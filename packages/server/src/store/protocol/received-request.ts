import type { IncomingMessage, ServerResponse } from 'node:http';
import type { VerifiedRequest } from '@bkend/sigv4';
import type { Caller } from '../auth/caller.ts';
import { toHeaderBytes } from './header-text.ts';
import { RequestBody } from './request-body.ts';
import type { RequestTarget, S3Request } from './s3-request.ts';

/** A request as Node's server received it, once its signature has been checked. */
export class ReceivedRequest implements S3Request {
  readonly method: string;
  readonly target: RequestTarget;
  readonly caller: Caller;
  readonly requestId: string;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #verified: VerifiedRequest;
  #body: RequestBody | undefined;

  constructor(
    received: { readonly request: IncomingMessage; readonly response: ServerResponse },
    signed: {
      readonly verified: VerifiedRequest;
      readonly target: RequestTarget;
      readonly caller: Caller;
      readonly requestId: string;
    },
  ) {
    this.method = received.request.method ?? '';
    this.target = signed.target;
    this.caller = signed.caller;
    this.requestId = signed.requestId;
    this.#request = received.request;
    this.#response = received.response;
    this.#verified = signed.verified;
  }

  /** Most requests have none, and nobody asks for it. */
  get body(): RequestBody {
    this.#body ??= new RequestBody(this.#request, this.#response, this.#verified);
    return this.#body;
  }

  header(name: string): string | undefined {
    const sent = this.sentHeader(name);
    return sent === undefined && this.#verified.kind === 'query' && name.startsWith('x-amz-')
      ? this.#findParameter(name)
      : sent;
  }

  sentHeader(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(',') : value;
  }

  *headers(): Generator<readonly [name: string, value: string]> {
    const { headers } = this.#request;
    for (const name of Object.keys(headers)) yield [name, this.sentHeader(name) ?? ''];
    if (this.#verified.kind !== 'query') return;
    for (const [name, value] of this.target.query) {
      const lowerCaseName = name.toLowerCase();
      if (lowerCaseName.startsWith('x-amz-') && headers[lowerCaseName] === undefined) {
        yield [lowerCaseName, toHeaderBytes(value)];
      }
    }
  }

  /** Presigners move headers into the URL in any case they like, and encode what no header could hold. */
  #findParameter(name: string): string | undefined {
    for (const [parameter, value] of this.target.query) {
      if (parameter.length === name.length && parameter.toLowerCase() === name) return toHeaderBytes(value);
    }
    return undefined;
  }
}
