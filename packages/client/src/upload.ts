import type { Api } from './api.ts';
import type { UploadCheck } from './checked-upload.ts';
import { download } from './download.ts';
import type { Gate } from './gate.ts';
import { createMeter, type Progress } from './progress.ts';
import { putParts } from './put-parts.ts';
import { putWhole } from './put-whole.ts';
import { registerUpload } from './register-upload.ts';
import { maxSinglePutBytes, type Source, type Uploadable } from './source.ts';
import { abortedError, StorageError, toStorageError } from './storage-error.ts';
import { controlTask, type TaskControl } from './task-control.ts';
import type { Connection, UploadRun } from './upload-run.ts';
import type { FileDescription, StoredFile } from './wire.ts';

export interface UploadOptions extends FileDescription {
  /** Default: the source's own name, else `file`. */
  filename?: string;
  /** A MIME type. Default: the source's own, else, in Node, from the name's extension. */
  contentType?: string;
  /** Bytes, of a stream, where you know: checked at the end. */
  size?: number;
  /**
   * Computes the SHA-256 while uploading, keeps it in `metadata.custom.sha256`, and reads the file back from storage to
   * compare: that costs a download. Given one, in hex, it must be the source's. What does not match is
   * `client/checksum-mismatch`, and leaves no file.
   */
  sha256?: boolean | string;
  /** Whether to take up an earlier upload of the same file, and to be taken up in turn. Default true. */
  resume?: boolean;
  /** Aborting it is the same as `abort()`. */
  signal?: AbortSignal;
  /** At most ten times a second. */
  onProgress?: (progress: Progress) => void;
}

/** A file that has just been uploaded. */
export interface UploadedFile extends StoredFile {
  /** In hex, where it was asked for: of what was sent, and of what storage holds. */
  sha256?: string;
}

/** An upload under way: await it for the file. */
export interface UploadTask extends Promise<UploadedFile>, TaskControl {
  /** How far it has come. */
  readonly progress: Progress;
}

/**
 * Starts an upload.
 * @param batchGate pauses it along with the batch it belongs to
 */
export function startUpload(
  connection: Connection,
  input: Uploadable,
  { batchGate, ...options }: UploadOptions & { batchGate?: Gate } = {},
): UploadTask {
  const meter = createMeter(options.onProgress);
  const { control, signal, gate } = controlTask(meter, options.signal);
  const means = { options, meter, signal, gate: batchGate ?? gate };
  const promise = upload(connection, input, means).finally(() => meter.stop());
  const readProgress = { get: () => meter.read() };
  // The promise gains exactly what UploadTask adds to it.
  return Object.defineProperty(Object.assign(promise, control), 'progress', readProgress) as UploadTask;
}

type Means = Pick<UploadRun, 'meter' | 'signal' | 'gate'> & { options: UploadOptions };

async function upload(connection: Connection, input: Uploadable, means: Means): Promise<UploadedFile> {
  const { options, meter, signal } = means;
  let run: UploadRun | undefined;
  let source: Source | undefined;
  try {
    signal.throwIfAborted();
    source = await connection.platform.open(input, options.size);
    const check = await startCheck(connection, source, options.sha256);
    run = prepare(connection, check?.source ?? source, means);
    return await carryOut(run, check);
  } catch (error) {
    const { phase } = meter.now;
    const failure = signal.aborted ? abortedError(signal, phase) : toStorageError(error, phase);
    if (run) await tidy(run, connection.api, failure);
    throw failure;
  } finally {
    if (run?.fingerprint) underWay.delete(run.fingerprint);
    await source?.close?.();
  }
}

async function startCheck({ platform }: Connection, source: Source, sha256: UploadOptions['sha256']) {
  if (!sha256) return undefined;
  const { checkUpload } = await import('./checked-upload.ts');
  return checkUpload(source, sha256, { createHash: platform.createHash, download, StorageError });
}

/** Fingerprints that are being uploaded: a second upload of the same file is another file, and starts anew. */
const underWay = new Set<string>();

function prepare(connection: Connection, source: Source, { options, meter, signal, gate }: Means): UploadRun {
  const { filename, contentType, size, sha256, resume, signal: _, onProgress, ...description } = options;
  const { visibility, category } = description;
  const name = filename ?? source.name ?? 'file';
  const type =
    contentType || source.type || connection.platform.mimeTypeOf?.(name) || 'application/octet-stream';
  const announcement = { filename: name, contentType: type, visibility, category };
  let fingerprint: string | undefined;
  if (source.identity && resume !== false) {
    fingerprint = JSON.stringify([connection.url, connection.apiKey, announcement, source.identity]);
    if (underWay.has(fingerprint)) fingerprint = undefined;
    else underWay.add(fingerprint);
  }
  meter.update({ total: source.size });
  return {
    ...connection,
    api: (call) => connection.api({ phase: meter.now.phase, signal, gate, ...call }),
    source,
    announcement,
    description,
    signal,
    gate,
    meter,
    fingerprint,
    storedBytes: 0,
  };
}

async function carryOut(run: UploadRun, check: UploadCheck | undefined): Promise<UploadedFile> {
  const { source, meter } = run;
  const { size } = source;
  await (size !== undefined && size <= maxSinglePutBytes ? putWhole(run, size) : putParts(run));
  await source.verify?.();
  const total = size ?? run.storedBytes;
  await check?.sent(run, total);
  meter.update({ phase: 'registering', total });
  const file = run.file ?? (await registerUpload(run));
  await forget(run);
  const checked = await check?.stored(run, file);
  meter.finish(total);
  return checked ?? file;
}

/**
 * After an abort, and after a failure that trying again cannot help: leaves nothing behind. After any other failure the
 * parts stay, for the upload to be taken up; the server removes what nobody does within a day.
 */
async function tidy(run: UploadRun, api: Api, failure: StorageError): Promise<void> {
  const { place, meter } = run;
  const { phase } = meter.now;
  // What could not be checked is not kept either.
  if (!place || (failure.retryable && phase !== 'checking')) return;
  const call: Api = (what) => api({ phase, ...what });
  await forget(run);
  try {
    if (run.mayExist) {
      const file = await registerUpload(run, call);
      return await call({ method: 'DELETE', path: `/files/${file.id}` });
    }
  } catch {
    // It is no file. What there may be of it goes here, or with the server's own tidying.
  }
  if (place.uploadId) await call({ path: '/files/multipart/abort', body: place }).catch(() => {});
}

async function forget({ journal, fingerprint }: UploadRun): Promise<void> {
  if (fingerprint) await journal?.remove(fingerprint);
}
