import type { IncomingMessage } from 'node:http';
import { S3Error } from '../errors/s3-error.ts';

/**
 * Reads the body of a request, once. Other than the request's own iterator it can be ended from outside, while the client is silent:
 * Node tells a request that has been answered nothing more, not even the end of its connection, so that its reader would wait for
 * ever, with its file open.
 */
export class BodyReader {
  readonly #request: IncomingMessage;
  #failure: S3Error | undefined;
  #wake = () => {};

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  /** Ends the reading: the next chunk is this error. */
  fail(error: S3Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  /**
   * The chunks as they arrive. Leaving early does not destroy the connection, or the client would never read the refusal.
   *
   * @throws S3Error `IncompleteBody`, and that of `fail`
   */
  async *chunks(): AsyncGenerator<Buffer> {
    const request = this.#request;
    const wake = () => this.#wake();
    for (const event of bodyEvents) request.on(event, wake);
    try {
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure;
        const chunk: Buffer | null = request.destroyed ? null : request.read();
        if (chunk !== null) yield chunk;
        else if (request.readableEnded) return;
        else if (request.destroyed || request.errored) throw new S3Error('IncompleteBody');
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      for (const event of bodyEvents) request.off(event, wake);
    }
  }
}

const bodyEvents = ['readable', 'end', 'error', 'close'] as const;
