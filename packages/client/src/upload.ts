import type { Gate } from './gate.ts';
import { type Progress, ProgressMeter } from './progress.ts';
import { putParts } from './put-parts.ts';
import { putWhole } from './put-whole.ts';
import { registerUpload } from './register-upload.ts';
import { maxSinglePutBytes, type Source, type Uploadable } from './source.ts';
import { abortedError, type StorageError, toStorageError } from './storage-error.ts';
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
  /** Whether to take up an earlier upload of the same file, and to be taken up in turn. Default true. */
  resume?: boolean;
  /** Aborting it is the same as `abort()`. */
  signal?: AbortSignal;
  /** At most ten times a second. */
  onProgress?: (progress: Progress) => void;
}

/** An upload under way: await it for the file. */
export interface UploadTask extends Promise<StoredFile>, TaskControl {
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
  const meter = new ProgressMeter(options.onProgress);
  const { control, release, ...signals } = controlTask(connection, meter, options.signal);
  const gate = batchGate ?? signals.gate;
  const promise = upload(connection, input, { options, meter, signal: signals.signal, gate }).finally(() => {
    meter.stop();
    release();
  });
  const readProgress = { get: () => meter.read() };
  // The promise gains exactly what UploadTask adds to it.
  return Object.defineProperty(Object.assign(promise, control), 'progress', readProgress) as UploadTask;
}

type Means = Pick<UploadRun, 'meter' | 'signal' | 'gate'> & { options: UploadOptions };

async function upload(connection: Connection, input: Uploadable, means: Means): Promise<StoredFile> {
  const { options, meter, signal } = means;
  let run: UploadRun | undefined;
  let source: Source | undefined;
  try {
    signal.throwIfAborted();
    source = await connection.platform.open(input, options.size);
    run = prepare(connection, source, means);
    return await carryOut(run);
  } catch (error) {
    const failure = signal.aborted ? abortedError(signal, meter.phase) : toStorageError(error, meter.phase);
    if (run) await tidy(run, failure);
    throw failure;
  } finally {
    if (run?.fingerprint) underWay.delete(run.fingerprint);
    await source?.close();
  }
}

/** Fingerprints that are being uploaded: a second upload of the same file is another file, and starts anew. */
const underWay = new Set<string>();

function prepare(connection: Connection, source: Source, means: Means): UploadRun {
  const { meter, signal, gate } = means;
  const { filename, contentType, size, resume, signal: _, onProgress, ...description } = means.options;
  const name = filename ?? source.name ?? 'file';
  const type =
    contentType || source.type || connection.platform.mimeTypeOf?.(name) || 'application/octet-stream';
  const { url, apiKey } = connection;
  let fingerprint: string | undefined;
  if (source.identity && resume !== false) {
    fingerprint = JSON.stringify([url, apiKey, name, type, description.category, source.identity]);
    if (underWay.has(fingerprint)) fingerprint = undefined;
    else underWay.add(fingerprint);
  }
  meter.total = source.size;
  return {
    connection,
    api: (call) => connection.api({ phase: meter.phase, signal, gate, ...call }),
    source,
    filename: name,
    contentType: type,
    description,
    signal,
    gate,
    meter,
    fingerprint,
    storedBytes: 0,
  };
}

async function carryOut(run: UploadRun): Promise<StoredFile> {
  const { source, meter } = run;
  const isWhole = source.size !== undefined && source.size <= maxSinglePutBytes;
  const stored = isWhole ? await putWhole(run, source.size) : await putParts(run);
  await source.verify();
  meter.phase = 'registering';
  const file = await registerUpload(run, stored, run.api);
  await forget(run);
  meter.total = stored.size;
  meter.finish(stored.size);
  return file;
}

/**
 * After an abort, and after a failure that trying again cannot help: leaves nothing behind. After any other failure the
 * parts stay, for the upload to be taken up; the server removes what nobody does within a day.
 */
async function tidy(run: UploadRun, failure: StorageError): Promise<void> {
  const { place, source, connection } = run;
  if (failure.retryable || !place) return;
  const { key, uploadId } = place;
  const api: UploadRun['api'] = (call) => connection.api({ tries: 3, phase: failure.phase, ...call });
  await forget(run);
  try {
    if (place.mayExist) {
      const file = await registerUpload(run, { key, size: source.size ?? run.storedBytes }, api);
      await api({ method: 'DELETE', path: `/files/${file.id}` });
    } else if (uploadId) {
      await abortMultipart();
    }
  } catch {
    // It is no file. What there may be of it goes here, or with the server's own tidying.
    if (uploadId) await abortMultipart().catch(() => {});
  }
  function abortMultipart() {
    return api({ path: '/files/multipart/abort', body: { key, uploadId } });
  }
}

async function forget({ connection, fingerprint }: UploadRun): Promise<void> {
  if (fingerprint) await connection.journal?.remove(fingerprint);
}
