import type { IncomingMessage, ServerResponse } from 'node:http';
import type { VerifiedRequest } from '@bkend/sigv4';
import type { DigestName, Digests } from '../disk/digests.ts';
import { S3Error } from '../objects/s3-error.ts';
import { decodeAwsChunked } from './aws-chunked.ts';

/** Bytes a client sends, and what it has said of them. */
export interface ContentBody {
  /** How many bytes of content were announced; undefined if none were. */
  readonly sizeBytes: number | undefined;
  /** The digests `verify` needs. */
  readonly digestNames: readonly DigestName[];
  /** What came behind the content, complete once it has been read. Names in lower case. */
  readonly trailers: ReadonlyMap<string, string>;
  /** The content, free of any transfer coding. */
  read(): AsyncIterable<Buffer>;
  /** @throws S3Error `XAmzContentSHA256Mismatch` if this is not the body that was signed */
  verify(digests: Digests): void;
}

const sha256Hex = /^[0-9a-f]{64}$/;

/**
 * The body of a request whose signature has been checked: not a byte of it is asked for earlier.
 */
export class RequestBody implements ContentBody {
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

  /** `aws-chunked` is recognised by the announced hash alone: some clients send no Content-Encoding. */
  #isChunked(): boolean {
    return this.#verified.payloadHash.startsWith('STREAMING-');
  }

  async *#raw(): AsyncGenerator<Buffer> {
    try {
      // A refused body must not take the connection with it, or the client would never read why.
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
