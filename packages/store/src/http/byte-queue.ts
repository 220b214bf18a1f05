import { S3Error } from '../errors/s3-error.ts';

const lineFeed = 0x0a;

/** A stream of bytes to be taken off in pieces of one's own choice. */
export class ByteQueue {
  readonly #source: AsyncIterator<Buffer>;
  #buffered: Buffer;

  /** @param head bytes to come before all others */
  constructor(source: AsyncIterable<Buffer>, head: Buffer = Buffer.alloc(0)) {
    this.#source = source[Symbol.asyncIterator]();
    this.#buffered = head;
  }

  /** Between one and `maxBytes` bytes; undefined at the end. */
  async take(maxBytes: number): Promise<Buffer | undefined> {
    while (this.#buffered.length === 0) if (!(await this.#fill())) return undefined;
    const taken = this.#buffered.subarray(0, maxBytes);
    this.#buffered = this.#buffered.subarray(taken.length);
    return taken;
  }

  /**
   * Up to the next line feed, without it and without a carriage return before it; undefined at the end.
   *
   * @throws S3Error `IncompleteBody` if that is longer than `maxBytes`, or the end comes first
   */
  async takeLine(maxBytes: number): Promise<string | undefined> {
    for (;;) {
      const end = this.#buffered.indexOf(lineFeed);
      if (end > maxBytes || (end < 0 && this.#buffered.length > maxBytes))
        throw new S3Error('IncompleteBody');
      if (end >= 0) {
        const line = this.#buffered.toString('latin1', 0, end);
        this.#buffered = this.#buffered.subarray(end + 1);
        return line.endsWith('\r') ? line.slice(0, -1) : line;
      }
      if (!(await this.#fill())) {
        if (this.#buffered.length > 0) throw new S3Error('IncompleteBody');
        return undefined;
      }
    }
  }

  /**
   * Some of the bytes before the next `delimiter`; undefined once it has been reached, and taken off too.
   *
   * @throws S3Error `IncompleteBody` if the end comes first
   */
  async takeBefore(delimiter: Buffer): Promise<Buffer | undefined> {
    for (;;) {
      const at = this.#buffered.indexOf(delimiter);
      if (at === 0) {
        this.#buffered = this.#buffered.subarray(delimiter.length);
        return undefined;
      }
      // The last bytes may be the beginning of a delimiter.
      const length = at > 0 ? at : this.#buffered.length - delimiter.length + 1;
      if (length > 0) return await this.take(length);
      if (!(await this.#fill())) throw new S3Error('IncompleteBody');
    }
  }

  async #fill(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done) return false;
    this.#buffered = this.#buffered.length === 0 ? value : Buffer.concat([this.#buffered, value]);
    return true;
  }
}
