import { type Alive, anySignal, attempt } from './attempt.ts';
import { createMeter, type Progress } from './progress.ts';
import { retry } from './retry.ts';
import { overNetwork, StorageError, toStorageError } from './storage-error.ts';
import { storageRefusal } from './storage-refusal.ts';
import type { Connection } from './upload-run.ts';
import type { DownloadUrl } from './wire.ts';

export interface DownloadOptions {
  signal?: AbortSignal;
  /** At most ten times a second. */
  onProgress?: (progress: Progress) => void;
}

type Chunk = Uint8Array<ArrayBuffer>;

/**
 * A file's bytes as a standard `Response`: read `body`, or ask for `blob()`, `text()`, `json()`. Where a connection
 * breaks, its body goes on from there (Range, RFC 9110 section 14); the reader does not notice.
 */
export async function download(
  connection: Connection,
  fileId: string,
  { signal: callers, onProgress }: DownloadOptions = {},
): Promise<Response> {
  const { api, platform, fetch: ask = platform.fetch ?? fetch } = connection;
  const path = `/files/${encodeURIComponent(fileId)}/download-url`;
  const call = { path, body: {}, phase: 'downloading', signal: callers } as const;
  let link = await api<DownloadUrl>(call);
  const { size, contentType } = link;

  const { readable, writable } = new TransformStream<Chunk, Chunk>();
  const writer = writable.getWriter();
  const cancelled = new AbortController();
  const fail = (cause: unknown) => cancelled.abort(toStorageError(cause));
  const meter = createMeter(onProgress, fail, { phase: 'downloading', total: size });
  writer.closed.catch(() => cancelled.abort());
  const signal = anySignal(callers, cancelled.signal);

  let received = 0;
  const passOn = async (own: AbortSignal, alive: Alive) => {
    const get = () => {
      const headers = received > 0 ? { Range: `bytes=${received}-` } : {};
      return overNetwork(ask(link.url, { signal: own, headers }));
    };
    let answer = await get();
    if (answer.status === 403) {
      // The URL has expired.
      link = await api<DownloadUrl>({ ...call, tries: 1 });
      answer = await get();
    }
    if (!answer.ok || !answer.body) {
      throw storageRefusal(answer, await overNetwork(answer.text()));
    }
    const chunks: ReadableStreamDefaultReader<Chunk> = answer.body.getReader();
    own.onabort = () => chunks.cancel().catch(() => {});
    // A server that knows no ranges begins at the beginning.
    let surplus = answer.status === 206 ? 0 : received;
    while (received < size) {
      alive();
      const { done, value } = await overNetwork(chunks.read());
      // What comes after the end of this attempt, the next one asks for.
      own.throwIfAborted();
      if (done) throw new StorageError('client/network', `Only ${received} of ${size} bytes came.`);
      const fresh = value.subarray(surplus);
      surplus -= value.length - fresh.length;
      received += fresh.length;
      meter.update({ bytes: received });
      // However long the reader takes for it, that is no stall.
      alive(false);
      await writer.write(fresh);
    }
  };
  const run = async () => {
    try {
      // Taken when the reader asks for the first time: nothing is fetched before.
      await writer.write(new Uint8Array());
      const connect = () => attempt(passOn, connection.stallSeconds, signal);
      const progress = () => received;
      await retry(connect, { ...connection, phase: 'downloading', signal, progress });
      meter.finish(received);
      await writer.close();
    } catch (error) {
      meter.stop();
      await writer.abort(error);
    }
  };
  // What goes wrong, the reader hears.
  run().catch(() => {});

  return new Response(readable, {
    headers: {
      'Content-Type': contentType,
      'Content-Length': `${size}`,
    },
  });
}
