import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { SourceBytes } from '../../uploads/import/import-entry.ts';

export interface UrlLimits {
  /** Longer bodies end the download. */
  readonly maxBytes: number;
  /** For the whole of a download. */
  readonly timeoutMs: number;
}

/**
 * Bytes at a URL. A body whose length the server does not tell is written to a temporary file first.
 * @throws when it is not an http or https URL
 */
export function urlBytes(text: string, limits: UrlLimits): SourceBytes {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Error(`${JSON.stringify(text)} is not an http or https URL.`);
  }
  // Queries of presigned URLs change from day to day and give access.
  const name = url.origin + url.pathname;
  return {
    name,
    async check() {
      const { response, signal } = await request(url, { ...limits, name });
      signal.abort();
      await response.body?.cancel().catch(() => undefined);
    },
    async open() {
      const { response, signal } = await request(url, { ...limits, name });
      const body = Readable.fromWeb(bodyOf(response));
      body.once('close', () => signal.finish());
      const length = response.headers.get('content-length');
      // A length with a content coding is that of the coded body, which `fetch` decodes.
      if (length !== null && !response.headers.has('content-encoding')) {
        return { body, sizeBytes: Number(length) };
      }
      return spool(body, { ...limits, name });
    },
  };
}

interface Named extends UrlLimits {
  readonly name: string;
}

async function request(url: URL, { maxBytes, timeoutMs, name }: Named) {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new Error(`${name} took longer than ${timeoutMs / 1_000} s.`)),
    timeoutMs,
  );
  const signal = {
    finish: () => clearTimeout(timer),
    abort: () => {
      clearTimeout(timer);
      controller.abort();
    },
  };
  try {
    const response = await fetch(url, { signal: controller.signal });
    if (!response.ok) throw new Error(`${name} answers ${response.status}.`);
    const length = Number(response.headers.get('content-length') ?? 0);
    if (length > maxBytes) throw new Error(`${name} has ${length} bytes, more than the ${maxBytes} allowed.`);
    return { response, signal };
  } catch (error) {
    signal.abort();
    if (controller.signal.reason instanceof Error && controller.signal.reason.name === 'Error') {
      throw controller.signal.reason;
    }
    const { cause } = error instanceof TypeError ? error : {};
    throw cause instanceof Error
      ? new Error(`${name} cannot be fetched: ${cause.message}`, { cause })
      : error;
  }
}

function bodyOf(response: Response): ReadableStream<Uint8Array> {
  // The types of the web and of Node differ; the stream is the same.
  return (response.body ?? new Blob([]).stream()) as ReadableStream<Uint8Array>;
}

async function spool(body: Readable, { maxBytes, name }: Named) {
  const directory = await mkdtemp(join(tmpdir(), 'bkend-import-'));
  const path = join(directory, 'bytes');
  let sizeBytes = 0;
  try {
    await pipeline(
      body,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          sizeBytes += chunk.length;
          if (sizeBytes > maxBytes) throw new Error(`${name} has more than the ${maxBytes} bytes allowed.`);
          yield chunk;
        }
      },
      createWriteStream(path, { flags: 'wx', mode: 0o600 }),
    );
    const file = createReadStream(path);
    file.once('close', () => void rm(directory, { recursive: true, force: true }));
    return { body: file, sizeBytes };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}
