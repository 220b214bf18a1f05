import type { Body, bodySize } from '../source/source.ts';
import type { StorageError } from '../storage-error.ts';
import type { anySignal, race } from '../transfer/sleep.ts';
import type { StartedMultipart, StoredPart } from '../wire.ts';
import { createPartSigner } from './part-signer.ts';
import type { putSigned, usableUntil } from './put-signed.ts';
import type { registerUpload } from './register-upload.ts';
import type { MultipartId, OnOpen, PreparedUpload, SentUpload, UploadContext } from './upload-context.ts';

/** Injected rather than imported: this module is loaded on demand, and imports would split the main bundle. */
export interface PutPartsDeps {
  readonly anySignal: typeof anySignal;
  readonly bodySize: typeof bodySize;
  readonly putSigned: typeof putSigned;
  readonly race: typeof race;
  readonly registerUpload: typeof registerUpload;
  readonly StorageError: typeof StorageError;
  readonly usableUntil: typeof usableUntil;
  readonly onOpen: OnOpen;
}

/** S3's limit of one multipart upload. */
export const maxParts = 10_000;

/** A multipart upload with the parts that storage has. */
interface MultipartUpload {
  readonly upload: MultipartId;
  /** Bytes, as the server chose them when the upload was opened. */
  readonly partSize: number;
  /** Bytes that were announced: the limit of a stream of unknown size. */
  readonly maxBytes: number;
  readonly parts: readonly StoredPart[];
}

/** Uploads in parts, concurrently, and completes the upload. Parts that an earlier upload of the same file stored are kept. */
export async function putParts(
  context: UploadContext,
  prepared: PreparedUpload,
  deps: PutPartsDeps,
): Promise<SentUpload> {
  const resumed = await resumeMultipart(context, prepared, deps);
  if (resumed && 'file' in resumed) return resumed;
  const multipart = resumed ?? (await openMultipart(context, prepared, deps));
  const parts = await sendParts(context, { ...prepared, ...multipart }, deps);
  await prepared.source.verify?.();
  return completeMultipart(context, { ...multipart, parts }, deps);
}

/**
 * Bytes that a stream of unknown size is announced with: an open upload counts with all it announced, and the default
 * limit of one owner allows the ten uploads that a batch sends concurrently.
 */
const maxStreamBytes = 10 * 2 ** 30;

async function openMultipart(
  { api }: UploadContext,
  { source, announcement, replaces, resume }: PreparedUpload,
  { onOpen }: PutPartsDeps,
): Promise<MultipartUpload> {
  const announce = async (fileSize: number): Promise<MultipartUpload> => {
    const body = { ...announcement, fileSize, fileId: replaces?.fileId };
    const { key, uploadId, partSize } = await api<StartedMultipart>({ path: '/files/multipart/init', body });
    const upload = { key, uploadId };
    onOpen(upload);
    await resume?.write({ ...upload, partSize });
    return { upload, partSize, maxBytes: fileSize, parts: [] };
  };
  if (source.size !== undefined) return announce(source.size);
  return announce(maxStreamBytes).catch((error: StorageError) => {
    // Where fewer bytes are allowed, the stream may still be short enough.
    const { maxBytes } = error.details;
    if (typeof maxBytes !== 'number') throw error;
    return announce(maxBytes);
  });
}

/**
 * Resumes the upload of the journal, if the server still has it.
 * @returns the upload with those stored parts that have their full size; the file, if it is complete and registered; else
 * undefined
 */
async function resumeMultipart(
  { api, meter }: UploadContext,
  prepared: PreparedUpload,
  { registerUpload, onOpen }: PutPartsDeps,
): Promise<MultipartUpload | Required<SentUpload> | undefined> {
  const { size } = prepared.source;
  const entry = await prepared.resume?.read();
  if (!entry || size === undefined) return undefined;
  const { partSize, key, uploadId } = entry;
  const upload = { key, uploadId };
  const call = { path: '/files/multipart/parts', query: upload };
  const stored = await unlessRefused(api<{ parts: StoredPart[] }>(call));
  onOpen(upload);
  if (!stored) {
    // It was completed and not registered; or the server has removed it, or refuses it to this caller.
    const complete = { ...upload, size };
    onOpen(complete);
    const file = await unlessRefused(registerUpload(api, prepared, complete));
    return file && { ...complete, file };
  }
  const parts = stored.parts.filter(
    (part) => part.size === Math.min(partSize, size - (part.partNumber - 1) * partSize),
  );
  meter.update({ bytes: totalSize(parts) });
  return { upload, partSize, maxBytes: size, parts };
}

const etagHidden =
  "The browser may not read the part's ETag: add ETag to the ExposeHeaders of the bucket's CORS rules.";

/**
 * Sends the missing parts, one for each slot of the pool at a time. The first failure aborts the others.
 * @returns all parts, in order
 */
async function sendParts(
  context: UploadContext,
  multipart: MultipartUpload & PreparedUpload,
  deps: PutPartsDeps,
): Promise<StoredPart[]> {
  const { anySignal, bodySize, putSigned, StorageError } = deps;
  const { source, upload, partSize } = multipart;
  const failed = new AbortController();
  const signal = anySignal(context.signal, failed.signal);
  context.platform.expectListeners?.(signal);
  const parts = [...multipart.parts];
  const progress = () => parts.length;
  const { size = Infinity } = source;
  const lastPart = Math.min(maxParts, Math.ceil(size / partSize));
  const signerOf = createPartSigner(context, { upload, lastPart }, deps);
  const missing = readMissingParts(multipart, signal, deps);
  const work = async () => {
    try {
      for await (const { partNumber, body } of missing) {
        const request = { source, body, sign: signerOf(partNumber), signal, progress };
        const { headers } = await putSigned(context, request);
        const etag = headers.get('ETag');
        if (!etag) throw new StorageError('client/etag-hidden', etagHidden);
        parts.push({ partNumber, etag, size: bodySize(body) });
      }
    } catch (error) {
      failed.abort(error);
    }
  };
  await Promise.all(Array.from({ length: context.pool.size }, work));
  signal.throwIfAborted();
  return parts.sort((a, b) => a.partNumber - b.partNumber);
}

/** The parts that storage does not have, each read when a worker requests it. */
async function* readMissingParts(
  { source, partSize, maxBytes, parts }: MultipartUpload & PreparedUpload,
  signal: AbortSignal,
  { bodySize, race, StorageError }: PutPartsDeps,
): AsyncGenerator<{ partNumber: number; body: Body }> {
  const { size = Infinity } = source;
  const stored = new Set(parts.map(({ partNumber }) => partNumber));
  for (let partNumber = 1, start = 0; start < size; partNumber++, start += partSize) {
    if (stored.has(partNumber)) continue;
    const end = Math.min(start + partSize, size);
    const body = await race(Promise.resolve(source.read(start, end)), signal);
    const length = bodySize(body);
    if (start + length > maxBytes) {
      const message = `A stream of more than ${maxBytes} bytes needs its \`size\`, and must be allowed to be that large.`;
      throw new StorageError('client/invalid-input', message);
    }
    if (length > 0) yield { partNumber, body };
    if (length < end - start) return;
  }
}

/** Completing again is safe. When a retry finds the upload gone, an earlier try may have completed it: registering decides. */
async function completeMultipart(
  { api, meter, stallSeconds }: UploadContext,
  { upload, parts }: MultipartUpload,
  { onOpen }: PutPartsDeps,
): Promise<SentUpload> {
  const complete = { ...upload, size: totalSize(parts) };
  meter.update({ phase: 'completing' });
  onOpen(complete);
  let isRetried = false;
  const call = {
    path: '/files/multipart/complete',
    body: { ...upload, parts: parts.map(({ partNumber, etag }) => ({ partNumber, etag })) },
    // S3 may take minutes to join thousands of parts.
    stallSeconds: stallSeconds * 10,
    onRetry: () => {
      isRetried = true;
    },
  };
  await api(call).catch((error: StorageError) => {
    if (!isRetried || error.code !== 'file/upload-not-found') throw error;
  });
  return complete;
}

function totalSize(parts: readonly StoredPart[]): number {
  return parts.reduce((total, { size }) => total + size, 0);
}

/** The answer; undefined where the call was refused for good. */
function unlessRefused<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: StorageError) => {
    if (error.retryable) throw error;
    return undefined;
  });
}
