import { type IncomingMessage, ServerResponse } from 'node:http';

/**
 * A response whose body is held to its declared length, whatever writes it: a chunk that would go beyond `Content-Length` is not
 * sent, and neither is the end of a body that is shorter. Either way the connection is cut, because the bytes that follow would be
 * read as the next answer (RFC 9112, section 6.3). Given to `http.createServer` as its `ServerResponse`, so that it is a rule
 * of the host and not of a route.
 */
export class FramedResponse<
  Request extends IncomingMessage = IncomingMessage,
> extends ServerResponse<Request> {
  constructor(...from: ConstructorParameters<typeof ServerResponse<Request>>) {
    super(...from);
    this.strictContentLength = true;
  }

  // Node's declarations overload these by position; what is passed on is what was passed.
  override write(...chunk: unknown[]): boolean {
    try {
      return super.write(...(chunk as Parameters<ServerResponse['write']>));
    } catch (error) {
      return this.#cut(error) && false;
    }
  }

  override end(...chunk: unknown[]): this {
    try {
      return super.end(...(chunk as Parameters<ServerResponse['end']>));
    } catch (error) {
      return this.#cut(error);
    }
  }

  /** @throws what was thrown for another reason than the length */
  #cut(error: unknown): this {
    if (!isLengthMismatch(error)) throw error;
    return this.destroy();
  }
}

function isLengthMismatch(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_HTTP_CONTENT_LENGTH_MISMATCH';
}
