import { StorageError } from './storage-error.ts';
import { storageRefusal } from './storage-refusal.ts';
import type { DownloadUrl } from './wire.ts';

type Chunk = Uint8Array<ArrayBuffer>;

export interface ResumingReaderDeps {
  readonly fetch: typeof fetch;
  readonly presign: () => Promise<DownloadUrl>;
}

/** Reads a file from presigned URLs. After a failure, `read` goes on where it stopped (Range, RFC 9110 section 14). */
export class ResumingReader {
  /** Bytes. */
  received = 0;
  readonly #deps: ResumingReaderDeps;
  #link: DownloadUrl;
  #connection = new AbortController();
  #body: ReadableStreamDefaultReader<Chunk> | undefined;
  /** Bytes still to come that have been read before. */
  #surplus = 0;

  constructor(deps: ResumingReaderDeps, link: DownloadUrl) {
    this.#deps = deps;
    this.#link = link;
  }

  /** The next bytes; undefined at the end. */
  async read(signal: AbortSignal): Promise<Chunk | undefined> {
    const hangUp = () => this.close();
    signal.addEventListener('abort', hangUp);
    try {
      return await this.#next();
    } catch (error) {
      this.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', hangUp);
    }
  }

  close(): void {
    this.#connection.abort();
    this.#connection = new AbortController();
    this.#body = undefined;
  }

  async #next(): Promise<Chunk | undefined> {
    const { size } = this.#link;
    while (this.received < size) {
      this.#body ??= await this.#connect(this.#connection.signal);
      const { done, value } = await this.#body.read();
      if (done) throw new StorageError('client/network', `Only ${this.received} of ${size} bytes came.`);
      const fresh = value.subarray(this.#surplus);
      this.#surplus -= value.length - fresh.length;
      this.received += fresh.length;
      if (fresh.length > 0) return fresh;
    }
    return undefined;
  }

  async #connect(signal: AbortSignal): Promise<ReadableStreamDefaultReader<Chunk>> {
    const headers = this.received > 0 ? { Range: `bytes=${this.received}-` } : {};
    const { fetch, presign } = this.#deps;
    let answer = await fetch(this.#link.url, { signal, headers });
    if (answer.status === 403) {
      // The URL has expired.
      this.#link = await presign();
      answer = await fetch(this.#link.url, { signal, headers });
    }
    if (!answer.ok || !answer.body) {
      throw storageRefusal(answer.status, await answer.text(), answer.headers.get('Retry-After'));
    }
    // A server that knows no ranges begins at the beginning.
    this.#surplus = answer.status === 206 ? 0 : this.received;
    return answer.body.getReader();
  }
}
