import type { ClientRequest } from 'node:http';
import { type ByteRange, bodySize, sourceChanged } from '../../source/source.ts';
import { StorageError } from '../../storage-error.ts';
import type { CallerWait } from '../../transfer/with-stall-timeout.ts';
import type { Put } from '../platform.ts';
import { openRequest, readAnswer } from './http-exchange.ts';

const chunkBytes = 256 * 1024;

/** `node:http` rather than fetch: it reports sent bytes, and sends `Content-Length` for a stream. */
export function putOverHttp({ url, headers, body, signal, onSent, wait }: Put): Promise<Response> {
  const length = { 'Content-Length': bodySize(body) };
  const request = openRequest(url, { method: 'PUT', headers: { ...headers, ...length }, signal });
  if (body instanceof Uint8Array && body.length <= chunkBytes) {
    // Head and body in one write.
    request.end(body, () => onSent(body.length));
    return readAnswer(request);
  }
  // Fails when an answer comes before all is sent; `readAnswer` reports that.
  send(request, body instanceof Uint8Array ? slices(body) : chunksOf(body, wait), onSent).catch(
    (error: Error) => request.destroy(error),
  );
  return readAnswer(request);
}

/** Requests each chunk when the one before has been sent. */
async function send(
  request: ClientRequest,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  onSent: (bytes: number) => void,
): Promise<void> {
  let sentBytes = 0;
  for await (const chunk of chunks) {
    await write(request, chunk);
    sentBytes += chunk.length;
    onSent(sentBytes);
  }
  request.end();
}

function write(request: ClientRequest, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    request.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

/** The chunks of a Blob or local file. @throws `client/source-changed`, `client/stalled` */
async function* chunksOf(body: ByteRange, wait: CallerWait): AsyncGenerator<Uint8Array> {
  const chunks = body.stream()[Symbol.asyncIterator]();
  try {
    for (let next = await wait(chunks.next()); !next.done; next = await wait(chunks.next())) yield next.value;
  } catch (cause) {
    throw cause instanceof StorageError ? cause : sourceChanged(cause);
  } finally {
    // Not awaited: the iterator may be waiting for a chunk that never comes.
    chunks.return?.().catch(() => {});
  }
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += chunkBytes)
    yield bytes.subarray(start, start + chunkBytes);
}
