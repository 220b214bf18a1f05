import { overNetwork, StorageError, storageRefusal, toStorageError } from './storage-error.ts';
import { createMeter, type Progress } from './transfer/progress.ts';
import { retry } from './transfer/retry.ts';
import { anySignal } from './transfer/sleep.ts';
import { type Alive, withStallTimeout } from './transfer/with-stall-timeout.ts';
import type { Connection } from './transport/api.ts';
import type { DownloadUrl } from './wire.ts';

/** Options of a download. */
export interface DownloadOptions {
  /** Aborting it ends the download: reading the body rejects with `client/aborted`. */
  signal?: AbortSignal;
  /** Called at most ten times a second. When it throws or rejects, the download ends with `client/invalid-input`. */
  onProgress?: (progress: Progress) => void;
  /** A version of the file, for its owner and admins. Default: the newest contents. */
  versionId?: string;
}

type Chunk = Uint8Array<ArrayBuffer>;

/**
 * Opens a download. Bytes are requested when the body is first read. Where a connection breaks, the next request continues
 * from there (Range, RFC 9110 section 14).
 */
export async function download(
  connection: Connection,
  fileId: string,
  { signal: callerSignal, onProgress, versionId }: DownloadOptions = {},
): Promise<Response> {
  const { api, platform, fetch: ask = platform.fetch ?? fetch } = connection;
  const path = `/files/${encodeURIComponent(fileId)}/download-url`;
  // Presigned also for a public file: its bytes come straight from the object store, as they are now.
  const body = { versionId, disposition: 'attachment' };
  const call = { path, body, phase: 'downloading', signal: callerSignal } as const;
  let link = await api<DownloadUrl>(call);
  const { size, contentType } = link;

  const { readable, writable } = new TransformStream<Chunk, Chunk>();
  const writer = writable.getWriter();
  const cancelled = new AbortController();
  const fail = (cause: unknown) => cancelled.abort(toStorageError(cause));
  const meter = createMeter(onProgress, fail, { phase: 'downloading', total: size });
  writer.closed.catch(() => cancelled.abort());
  const signal = anySignal(callerSignal, cancelled.signal);

  let received = 0;
  let etag: string | null = null;
  const passOn = async (own: AbortSignal, alive: Alive) => {
    const get = () => {
      const headers = received > 0 ? { Range: `bytes=${received}-` } : {};
      return overNetwork(ask(link.url, { signal: own, headers }));
    };
    let answer = await get();
    if (answer.status === 403) {
      // The URL has expired.
      link = await api<DownloadUrl>({ ...call, tries: 1 });
      if (link.size !== size) throw contentsChanged();
      answer = await get();
    }
    if (!answer.ok || !answer.body) {
      throw storageRefusal(answer, await overNetwork(answer.text()));
    }
    // Each request may meet new contents of the file, behind a new URL or the same.
    const tag = answer.headers.get('etag');
    if (etag && tag !== etag) throw contentsChanged();
    etag = tag;
    const chunks: ReadableStreamDefaultReader<Chunk> = answer.body.getReader();
    // A server without range requests sends the whole object.
    let surplus = answer.status === 206 ? 0 : received;
    while (received < size) {
      alive();
      const { done, value } = await overNetwork(chunks.read());
      // A chunk that arrives after this attempt has ended is requested again by the next.
      own.throwIfAborted();
      if (done) throw new StorageError('client/network', `Only ${received} of ${size} bytes came.`);
      const fresh = value.subarray(surplus);
      surplus -= value.length - fresh.length;
      received += fresh.length;
      meter.update({ bytes: received });
      // A slow reader is no stall of the network.
      alive(false);
      await writer.write(fresh);
    }
  };
  const run = async () => {
    try {
      // Resolves at the first read: nothing is requested before.
      await writer.write(new Uint8Array());
      const connect = () => withStallTimeout(passOn, connection.stallSeconds, signal);
      const progress = () => received;
      await retry(connect, { ...connection, phase: 'downloading', signal, progress });
      meter.finish(received);
      await writer.close();
    } catch (error) {
      meter.stop();
      await writer.abort(error);
    }
  };
  // Failures reach the reader through the stream.
  run().catch(() => {});

  return new Response(readable, {
    headers: {
      'Content-Type': contentType,
      'Content-Length': `${size}`,
    },
  });
}

function contentsChanged(): StorageError {
  return new StorageError('client/source-changed', 'The file has new contents.');
}
