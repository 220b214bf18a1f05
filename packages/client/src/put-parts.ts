import type { anySignal } from './attempt.ts';
import { createPartSigner } from './part-signer.ts';
import type { JournalEntry } from './platform.ts';
import type { registerUpload } from './register-upload.ts';
import type { putSigned } from './signed-put.ts';
import type { Body, bodySize } from './source.ts';
import type { StorageError } from './storage-error.ts';
import type { race } from './until.ts';
import type { UploadRun } from './upload-run.ts';
import type { usableUntil } from './url-life.ts';
import type { StartedMultipart, StoredPart } from './wire.ts';

/** What it takes of the rest: handed in, so that what loads this file on demand stays in one piece. */
export interface PutPartsDeps {
  readonly anySignal: typeof anySignal;
  readonly bodySize: typeof bodySize;
  readonly putSigned: typeof putSigned;
  readonly race: typeof race;
  readonly registerUpload: typeof registerUpload;
  readonly StorageError: typeof StorageError;
  readonly usableUntil: typeof usableUntil;
}

/** S3 takes no more. */
const maxParts = 10_000;

/** What storage has, by number, with gaps. */
type Parts = StoredPart[];

/**
 * Uploads in parts, several at once, and puts them together. What an earlier attempt left in storage is not sent again.
 * The size of a part is the server's choice, and stays what it was when the upload began.
 */
export async function putParts(run: UploadRun, deps: PutPartsDeps): Promise<void> {
  const parts: Parts = [];
  const { partSize } = (await takeUp(run, parts, deps)) ?? (await begin(run));
  if (run.file) return;
  await sendParts(run, { partSize, parts }, deps);
  await run.source.verify?.();
  await complete(run, parts);
}

/**
 * What a stream of unknown length is announced as: an open upload counts with all it announced, and a batch uploads ten
 * at a time, which is what a server allows one owner by default.
 */
const maxStreamBytes = 10 * 2 ** 30;

async function begin(run: UploadRun): Promise<JournalEntry> {
  const { source, fingerprint, journal } = run;
  const announce = async (fileSize: number): Promise<JournalEntry> => {
    const body = { ...run.announcement, fileSize };
    const { key, uploadId, partSize } = await run.api<StartedMultipart>({
      path: '/files/multipart/init',
      body,
    });
    run.announcedBytes = fileSize;
    return { key, uploadId, partSize };
  };
  const announceStream = () =>
    announce(maxStreamBytes).catch((error: StorageError) => {
      // Where fewer bytes are allowed, the stream may still be short enough.
      const { maxBytes } = error.details;
      if (typeof maxBytes !== 'number') throw error;
      return announce(maxBytes);
    });
  const entry = await (source.size === undefined ? announceStream() : announce(source.size));
  run.place = { key: entry.key, uploadId: entry.uploadId };
  if (fingerprint) await journal?.write(fingerprint, entry);
  return entry;
}

/** Takes up what the journal remembers, if storage still knows it: with the parts that are there and have their size. */
async function takeUp(
  run: UploadRun,
  parts: Parts,
  { registerUpload }: PutPartsDeps,
): Promise<JournalEntry | undefined> {
  const { api, source, fingerprint, journal, meter } = run;
  const entry = fingerprint && (await journal?.read(fingerprint));
  if (!entry || source.size === undefined) return undefined;
  const { partSize, ...place } = entry;
  const call = { path: '/files/multipart/parts', query: place };
  const stored = await unlessRefused(api<{ parts: StoredPart[] }>(call));
  run.place = place;
  if (!stored) {
    // It was put together and never registered; or the server knows it no more, or not for this caller.
    run.mayExist = true;
    run.file = await unlessRefused(registerUpload(run));
    return run.file && entry;
  }
  for (const part of stored.parts) {
    const expected = Math.min(partSize, source.size - (part.partNumber - 1) * partSize);
    if (part.size !== expected) continue;
    parts[part.partNumber] = part;
    run.storedBytes += part.size;
  }
  meter.update({ bytes: run.storedBytes });
  return entry;
}

interface Plan {
  /** Bytes. */
  readonly partSize: number;
  /** What storage has already, and then what it has got. */
  readonly parts: Parts;
}

const etagHidden =
  "The browser may not read the part's ETag: add ETag to the ExposeHeaders of the bucket's CORS rules.";

/** As many workers as the pool is wide; the first failure ends the others, and nothing is under way afterwards. */
async function sendParts(run: UploadRun, { partSize, parts }: Plan, deps: PutPartsDeps): Promise<void> {
  const { anySignal, bodySize, putSigned, StorageError } = deps;
  const failed = new AbortController();
  const signal = anySignal(run.signal, failed.signal);
  run.platform.expectListeners?.(signal);
  const { size = Infinity } = run.source;
  const signerOf = createPartSigner(run, Math.min(maxParts, Math.ceil(size / partSize)), deps);
  const queue = cut(run, { partSize, parts, signal }, deps);
  const work = async () => {
    try {
      for await (const { partNumber, body } of queue) {
        const { headers } = await putSigned(run, body, signerOf(partNumber), signal);
        const size = bodySize(body);
        const etag = headers.get('ETag');
        if (!etag) throw new StorageError('client/etag-hidden', etagHidden);
        parts[partNumber] = { partNumber, etag, size };
        run.storedBytes += size;
      }
    } catch (error) {
      failed.abort(error);
    }
  };
  await Promise.all(Array.from({ length: run.pool.size }, work));
  signal.throwIfAborted();
}

/** The parts that storage does not have, each cut when a worker asks for it. */
async function* cut(
  { source, announcedBytes = Infinity }: UploadRun,
  { partSize, parts, signal }: Plan & { signal: AbortSignal },
  { bodySize, race, StorageError }: PutPartsDeps,
): AsyncGenerator<{ partNumber: number; body: Body }> {
  const { size = Infinity } = source;
  for (let partNumber = 1, start = 0; start < size; partNumber++, start += partSize) {
    if (parts[partNumber]) continue;
    const end = Math.min(start + partSize, size);
    const body = await race(Promise.resolve(source.read(start, end)), signal);
    const length = bodySize(body);
    if (start + length > announcedBytes) {
      const message = `A stream of more than ${announcedBytes} bytes needs its \`size\`, and leave to be as large.`;
      throw new StorageError('client/invalid-input', message);
    }
    if (length > 0) yield { partNumber, body };
    if (length < end - start) return;
  }
}

/** Asking again is safe. Where the upload is gone, an earlier try may have got through: registering will tell. */
async function complete(run: UploadRun, parts: Parts): Promise<void> {
  run.meter.update({ phase: 'completing' });
  run.mayExist = true;
  let isRetried = false;
  const call = {
    path: '/files/multipart/complete',
    body: {
      ...run.place,
      // Without the gaps.
      parts: Object.values(parts).map(({ partNumber, etag }) => ({ partNumber, etag })),
    },
    // S3 may take minutes to join thousands of parts.
    stallSeconds: run.stallSeconds * 10,
    onRetry: () => {
      isRetried = true;
    },
  };
  await run.api(call).catch((error: StorageError) => {
    if (!isRetried || error.code !== 'file/upload-not-found') throw error;
  });
}

/** The answer; undefined where the call was refused for good. */
function unlessRefused<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: StorageError) => {
    if (error.retryable) throw error;
    return undefined;
  });
}
