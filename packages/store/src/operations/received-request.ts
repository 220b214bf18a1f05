import type { IncomingMessage, ServerResponse } from 'node:http';
import type { VerifiedRequest } from '@bkend/sigv4';
import type { Caller } from '../auth/authenticate.ts';
import type { DigestName, Digests } from '../checksums/digests.ts';
import { S3Error } from '../errors/s3-error.ts';
import { decodeAwsChunked } from '../http/aws-chunked.ts';
import { toHeaderBytes } from '../http/header-text.ts';
import type { RequestTarget } from '../http/s3-target.ts';
import type { ContentBody, S3Request } from './operation.ts';

/** A request from Node's server whose signature has been verified. */
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

  /** Created on first use: most requests have no body. */
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

  /** Presigners move headers into the URL in any letter case, and encode what no header could hold. */
  #findParameter(name: string): string | undefined {
    for (const [parameter, value] of this.target.query) {
      if (parameter.length === name.length && parameter.toLowerCase() === name) return toHeaderBytes(value);
    }
    return undefined;
  }
}

const sha256Hex = /^[0-9a-f]{64}$/;

/**
 * The body of a request whose signature has been verified; no byte of it is read before.
 */
class RequestBody implements ContentBody {
  readonly sizeBytes: number | undefined;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #verified: VerifiedRequest;
  readonly #trailers = new Map<string, string>();

  constructor(request: IncomingMessage, response: ServerResponse, verified: VerifiedRequest) {
    this.#request = request;
    this.#response = response;
    this.#verified = verified;
    this.sizeBytes = readSize(request, this.#isChunked());
  }

  get digestNames(): DigestName[] {
    return sha256Hex.test(this.#verified.payloadHash) ? ['sha256'] : [];
  }

  get trailers(): ReadonlyMap<string, string> {
    return this.#trailers;
  }

  /**
   * The content, free of any transfer coding.
   *
   * @throws S3Error `IncompleteBody`; SignatureError for a chunk that was not signed as announced
   */
  async *read(): AsyncGenerator<Buffer> {
    if (this.#request.headers.expect?.toLowerCase() === '100-continue') this.#response.writeContinue();
    const source = this.#isChunked()
      ? decodeAwsChunked(this.#raw(), {
          chunkSigning: this.#verified.chunkSigning,
          isTrailerSigned: this.#verified.payloadHash.endsWith('PAYLOAD-TRAILER'),
          trailers: this.#trailers,
        })
      : this.#raw();
    let received = 0;
    for await (const chunk of source) {
      received += chunk.length;
      if (this.sizeBytes !== undefined && received > this.sizeBytes) throw new S3Error('IncompleteBody');
      yield chunk;
    }
    if (this.sizeBytes !== undefined && received !== this.sizeBytes) throw new S3Error('IncompleteBody');
  }

  verify(digests: Digests): void {
    const { payloadHash } = this.#verified;
    if (!sha256Hex.test(payloadHash)) return;
    const computed = digests.get('sha256')?.toString('hex');
    if (computed === payloadHash) return;
    throw new S3Error('XAmzContentSHA256Mismatch', undefined, {
      ClientComputedContentSHA256: payloadHash,
      S3ComputedContentSHA256: computed ?? '',
    });
  }

  /** `aws-chunked` is recognised by the payload hash alone: some clients send no Content-Encoding. */
  #isChunked(): boolean {
    return this.#verified.payloadHash.startsWith('STREAMING-');
  }

  async *#raw(): AsyncGenerator<Buffer> {
    try {
      // Leaving the loop must not destroy the connection, or the client would never read the refusal.
      yield* this.#request.iterator({ destroyOnReturn: false });
    } catch (error) {
      if (this.#request.readableAborted) throw new S3Error('IncompleteBody');
      throw error;
    }
  }
}

function readSize(request: IncomingMessage, isChunked: boolean): number | undefined {
  const announced = request.headers[isChunked ? 'x-amz-decoded-content-length' : 'content-length'];
  if (announced === undefined) return undefined;
  // The type allows repeated headers as lists; Node never makes one of these two.
  const text = String(announced);
  if (!/^\d{1,16}$/.test(text)) throw new S3Error('InvalidArgument', `${text} is not a length`);
  return Number(text);
}
