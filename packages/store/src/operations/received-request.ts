import type { IncomingMessage } from 'node:http';
import type { VerifiedRequest } from '@bkend/sigv4';
import type { Caller } from '../auth/authenticate.ts';
import type { DigestName, Digests } from '../checksums/digests.ts';
import { S3Error } from '../errors/s3-error.ts';
import { decodeAwsChunked } from '../http/aws-chunked.ts';
import { BodyReader } from '../http/body-reader.ts';
import type { Exchange } from '../http/exchange.ts';
import { toHeaderBytes } from '../http/header-text.ts';
import type { RequestTarget } from '../http/s3-target.ts';
import type { ContentBody, S3Request } from './operation.ts';

type ReceivedExchange = Pick<Exchange, 'request' | 'response' | 'reader'>;

/** A request from Node's server whose signature has been verified. */
export class ReceivedRequest implements S3Request {
  readonly method: string;
  readonly target: RequestTarget;
  readonly caller: Caller;
  readonly requestId: string;
  readonly #received: ReceivedExchange;
  readonly #request: IncomingMessage;
  readonly #verified: VerifiedRequest;
  #body: RequestBody | undefined;

  constructor(
    received: ReceivedExchange,
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
    this.#received = received;
    this.#request = received.request;
    this.#verified = signed.verified;
  }

  /** Created on first use: most requests have no body. */
  get body(): RequestBody {
    this.#body ??= new RequestBody(this.#received, this.#verified);
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
  readonly #received: ReceivedExchange;
  readonly #verified: VerifiedRequest;
  readonly #trailers = new Map<string, string>();

  constructor(received: ReceivedExchange, verified: VerifiedRequest) {
    this.#received = received;
    this.#verified = verified;
    this.sizeBytes = readSize(received.request, this.#isChunked());
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
   * @throws S3Error `IncompleteBody`, `RequestTimeout`; SignatureError for a chunk that was not signed as announced
   */
  async *read(): AsyncGenerator<Buffer> {
    const { request, response } = this.#received;
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
    const reader = new BodyReader(request);
    this.#received.reader = reader;
    const source = this.#isChunked()
      ? decodeAwsChunked(reader.chunks(), {
          chunkSigning: this.#verified.chunkSigning,
          isTrailerSigned: this.#verified.payloadHash.endsWith('PAYLOAD-TRAILER'),
          trailers: this.#trailers,
        })
      : reader.chunks();
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
}

function readSize(request: IncomingMessage, isChunked: boolean): number | undefined {
  const announced = request.headers[isChunked ? 'x-amz-decoded-content-length' : 'content-length'];
  if (announced === undefined) return undefined;
  // The type allows repeated headers as lists; Node never makes one of these two.
  const text = String(announced);
  if (!/^\d{1,16}$/.test(text)) throw new S3Error('InvalidArgument', `${text} is not a length`);
  return Number(text);
}
