import { createPartSigner } from './part-signer.ts';
import { putSigned } from './signed-put.ts';
import { type Body, bodySize } from './source.ts';
import { StorageError } from './storage-error.ts';
import type { StoredBytes, UploadPlace, UploadRun } from './upload-run.ts';
import type { StartedMultipart, StoredPart } from './wire.ts';

interface Part {
  readonly partNumber: number;
  readonly body: Body;
}

/**
 * Uploads in parts, several at once, and puts them together. What an earlier attempt left in storage is not sent again.
 * The size of a part is the server's, and stays what it was when the upload began.
 */
export async function putParts(run: UploadRun): Promise<StoredBytes> {
  const { place, partSize, parts } = await begin(run);
  await sendParts(run, { place, partSize, parts });
  await run.source.verify();
  const ordered = [...parts.values()].sort((a, b) => a.partNumber - b.partNumber);
  await complete(run, place, ordered);
  return { key: place.key, size: ordered.reduce((sum, part) => sum + part.size, 0) };
}

type Place = UploadPlace & { readonly uploadId: string };

interface Multipart {
  readonly place: Place;
  readonly partSize: number;
  /** What storage has, by number. */
  readonly parts: Map<number, StoredPart>;
}

/**
 * What a stream of unknown length is announced as: as much as fits into parts of 8 MiB, which is what a server should
 * plan for when the end may come any time.
 */
const unknownSize = 9_500 * 8 * 2 ** 20;

async function begin(run: UploadRun): Promise<Multipart> {
  const resumed = await resume(run);
  if (resumed) return resumed;
  const { api, connection, source, filename, contentType, fingerprint } = run;
  const { visibility, category } = run.description;
  const body = { filename, contentType, fileSize: source.size ?? unknownSize, visibility, category };
  const started = await api<StartedMultipart>({ path: '/files/multipart/init', body });
  const { key, uploadId, partSize } = started;
  const place = { key, uploadId };
  run.place = place;
  if (fingerprint) await connection.journal?.write(fingerprint, { key, uploadId, partSize });
  return { place, partSize, parts: new Map() };
}

/** Takes up what the journal remembers, if storage still knows it: with the parts that are there and have their size. */
async function resume(run: UploadRun): Promise<Multipart | undefined> {
  const { api, connection, source, fingerprint } = run;
  const entry = fingerprint && (await connection.journal?.read(fingerprint));
  if (!entry || source.size === undefined) return undefined;
  const { key, uploadId, partSize } = entry;
  try {
    const stored = await api<{ parts: StoredPart[] }>({
      path: '/files/multipart/parts',
      query: { key, uploadId },
    });
    const parts = new Map<number, StoredPart>();
    for (const part of stored.parts) {
      const expected = Math.min(partSize, source.size - (part.partNumber - 1) * partSize);
      if (part.size !== expected) continue;
      parts.set(part.partNumber, part);
      run.storedBytes += part.size;
    }
    run.meter.bytes = run.storedBytes;
    const place = { key, uploadId };
    run.place = place;
    return { place, partSize, parts };
  } catch (error) {
    // The server knows it no more, or not for this caller.
    if (error instanceof StorageError && !error.retryable) return undefined;
    throw error;
  }
}

/** As many workers as the pool is wide; the first failure ends the others, and nothing is under way afterwards. */
async function sendParts(run: UploadRun, { place, partSize, parts }: Multipart): Promise<void> {
  const { source } = run;
  const failed = new AbortController();
  run.connection.platform.expectListeners?.(failed.signal);
  const stop = () => failed.abort(run.signal.reason);
  if (run.signal.aborted) stop();
  run.signal.addEventListener('abort', stop);
  const lastPart = source.size === undefined ? undefined : Math.ceil(source.size / partSize);
  const signer = createPartSigner(run, place, lastPart);
  const onTheWay = new Map<number, number>();
  const tell = () => {
    let bytes = run.storedBytes;
    for (const sent of onTheWay.values()) bytes += sent;
    run.meter.bytes = bytes;
  };

  const queue = cut(run, partSize, parts);
  const work = async () => {
    for (let next = await queue.next(); !next.done; next = await queue.next()) {
      const { partNumber, body } = next.value;
      const answer = await putSigned(run, {
        body,
        sign: (refused) => signer.sign(partNumber, refused),
        onSent: (bytes) => {
          onTheWay.set(partNumber, bytes);
          tell();
        },
        signal: failed.signal,
      });
      onTheWay.delete(partNumber);
      run.storedBytes += bodySize(body);
      parts.set(partNumber, { partNumber, etag: readEtag(answer.header('ETag')), size: bodySize(body) });
      tell();
    }
  };
  try {
    const workers = Array.from({ length: run.connection.pool.size }, () =>
      work().catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    );
    await Promise.allSettled(workers);
    await Promise.all(workers).catch(() => failed.signal.throwIfAborted());
  } finally {
    run.signal.removeEventListener('abort', stop);
  }
}

/** The parts that storage does not have, each cut when a worker asks for it. */
async function* cut(
  run: UploadRun,
  partSize: number,
  have: ReadonlyMap<number, StoredPart>,
): AsyncGenerator<Part> {
  const { source } = run;
  for (let partNumber = 1, start = 0; start < (source.size ?? Infinity); partNumber++, start += partSize) {
    if (have.has(partNumber)) continue;
    const end = Math.min(start + partSize, source.size ?? Infinity);
    const body = await source.read(start, end);
    if (bodySize(body) > 0) yield { partNumber, body };
    if (bodySize(body) < end - start) return;
  }
}

function readEtag(header: string | null): string {
  if (header) return header;
  throw new StorageError(
    'client/etag-hidden',
    'Storage took the part, and the browser may not read its ETag: add ETag to the ExposeHeaders of the bucket’s CORS rules.',
  );
}

/** Asking again is safe. Where the upload is gone, an earlier try may have got through: registering will tell. */
async function complete(
  { api, connection, meter }: UploadRun,
  place: Place,
  parts: readonly StoredPart[],
): Promise<void> {
  meter.phase = 'completing';
  place.mayExist = true;
  let isRetried = false;
  try {
    await api({
      path: '/files/multipart/complete',
      body: {
        key: place.key,
        uploadId: place.uploadId,
        parts: parts.map(({ partNumber, etag }) => ({ partNumber, etag })),
      },
      // S3 may take minutes to join thousands of parts.
      stallSeconds: connection.stallSeconds * 10,
      onRetry: () => {
        isRetried = true;
      },
    });
  } catch (error) {
    if (isRetried && error instanceof StorageError && error.code === 'file/upload-not-found') return;
    throw error;
  }
}
