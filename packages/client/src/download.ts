import { attempt } from './attempt.ts';
import { type Progress, ProgressMeter } from './progress.ts';
import { ResumingReader } from './resuming-reader.ts';
import { type RetryContext, retry } from './retry.ts';
import type { Connection } from './upload-run.ts';
import type { DownloadUrl } from './wire.ts';

export interface DownloadOptions {
  signal?: AbortSignal;
  /** At most ten times a second. */
  onProgress?: (progress: Progress) => void;
}

/**
 * A file's bytes as a standard `Response`: read `body`, or ask for `blob()`, `text()`, `json()`. Where a connection
 * breaks, its body goes on from there; the reader does not notice.
 */
export async function download(
  connection: Connection,
  fileId: string,
  { signal, onProgress }: DownloadOptions = {},
): Promise<Response> {
  const { api, fetch, policy, whenOnline, stallSeconds } = connection;
  const path = `/files/${encodeURIComponent(fileId)}/download-url`;
  const presign = () => api<DownloadUrl>({ path, body: {}, phase: 'downloading', signal });
  const link = await presign();

  const meter = new ProgressMeter(onProgress, link.size);
  meter.phase = 'downloading';
  const reader = new ResumingReader({ fetch, presign }, link);
  const progress = () => reader.received;
  const context: RetryContext = { policy, phase: 'downloading', signal, progress, whenOnline };
  const read = () => attempt({ signals: [signal], stallSeconds }, (own) => reader.read(own));

  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          const chunk = await retry(read, context);
          meter.bytes = reader.received;
          if (chunk) return controller.enqueue(chunk);
          meter.finish(reader.received);
          controller.close();
        } catch (error) {
          meter.stop();
          controller.error(error);
        }
      },
      cancel() {
        meter.stop();
        reader.close();
      },
    },
    // Nothing is fetched before it is asked for.
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: {
      'Content-Type': link.contentType,
      'Content-Length': `${link.size}`,
      'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(link.filename)}`,
    },
  });
}
