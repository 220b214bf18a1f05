import type { Api } from './api.ts';
import { anySignal } from './attempt.ts';
import type { UploadCheck } from './checked-upload.ts';
import { download } from './download.ts';
import type { Gate } from './gate.ts';
import type { Progress } from './progress.ts';
import { putWhole } from './put-whole.ts';
import { registerUpload } from './register-upload.ts';
import { retry } from './retry.ts';
import { putSigned } from './signed-put.ts';
import { bodySize, maxSinglePutBytes, type Source, type Uploadable } from './source.ts';
import { abortedError, overNetwork, StorageError, toStorageError } from './storage-error.ts';
import { controlTask, type TaskControl } from './task-control.ts';
import { race } from './until.ts';
import type { Connection, UploadRun } from './upload-run.ts';
import { usableUntil } from './url-life.ts';
import { createWait } from './wait.ts';
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
  /** Aborting it is the same as `abort()`: the upload rejects within a second, whatever its source or callbacks do. */
  signal?: AbortSignal;
  /** At most ten times a second. When it throws or rejects, the upload ends with `client/invalid-input`. */
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
  const { control, signal, gate: ownGate, meter } = controlTask(options.onProgress, options.signal);
  const gate = batchGate ?? ownGate;
  const wait = createWait('source', { ...connection, signal, gate });
  const means = { options, meter, signal, gate, wait };
  connection.platform.expectListeners?.(signal);
  const promise = upload(connection, input, means).finally(() => meter.stop());
  const readProgress = { get: () => meter.read() };
  // The promise gains exactly what UploadTask adds to it.
  return Object.defineProperty(Object.assign(promise, control), 'progress', readProgress) as UploadTask;
}

type Means = Pick<UploadRun, 'meter' | 'signal' | 'gate' | 'wait'> & { options: UploadOptions };

/** How long an upload that was aborted, or that the network ended, tidies up before it settles; it goes on afterwards. */
const tidyMs = 500;

async function upload(connection: Connection, input: Uploadable, means: Means): Promise<UploadedFile> {
  const { meter, signal } = means;
  const begun: Begun = {};
  const work = carryOut(connection, input, { ...means, begun });
  try {
    const file = await race(work, signal);
    // The last call of `onProgress` may have failed.
    signal.throwIfAborted();
    underWay.delete(begun.run?.fingerprint);
    return file;
  } catch (error) {
    const { phase } = meter.now;
    const failure = signal.aborted ? abortedError(signal, phase) : toStorageError(error, phase);
    const tidied = work.catch(() => {}).then(() => tidy(begun, connection.api, failure));
    const isUrgent = signal.aborted || failure.retryable;
    await race(tidied, isUrgent ? AbortSignal.timeout(tidyMs) : signal).catch(() => {});
    throw failure;
  }
}

/** The upload, as soon as it is known what it is of. */
interface Begun {
  run?: UploadRun;
}

async function carryOut(
  connection: Connection,
  input: Uploadable,
  { begun, ...means }: Means & { begun: Begun },
): Promise<UploadedFile> {
  const { options, signal, wait } = means;
  signal.throwIfAborted();
  const source = await connection.platform.open(input, wait, options.size);
  try {
    const check = await startCheck(connection, source, means);
    signal.throwIfAborted();
    begun.run = prepare(connection, check?.source ?? source, means);
    return await send(begun.run, check);
  } finally {
    source.close?.();
  }
}

async function startCheck({ platform }: Connection, source: Source, { options: { sha256 }, wait }: Means) {
  if (!sha256) return undefined;
  const { checkUpload } = await overNetwork(import('./checked-upload.ts'));
  return checkUpload(source, sha256, { createHash: platform.createHash, download, StorageError, wait });
}

/** Fingerprints that are being uploaded: a second upload of the same file is another file, and starts anew. */
const underWay = new Set<string | undefined>();

function prepare(connection: Connection, source: Source, means: Means): UploadRun {
  const { options, meter, signal, gate, wait } = means;
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
    wait,
    fingerprint,
    storedBytes: 0,
  };
}

async function send(run: UploadRun, check: UploadCheck | undefined): Promise<UploadedFile> {
  const { source, meter } = run;
  const { size } = source;
  if (size !== undefined && size <= maxSinglePutBytes) await putWhole(run, size);
  else {
    // Most apps send small files only.
    const load = () => overNetwork(import('./put-parts.ts'));
    const { putParts } = await retry(load, { ...run, phase: 'preparing' });
    await putParts(run, partsDeps);
  }
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
 * parts stay where the upload can be taken up; the server removes those of uploads that are not, within a day.
 */
async function tidy({ run }: Begun, api: Api, failure: StorageError): Promise<void> {
  if (!run) return;
  try {
    await removeUpload(run, api, failure);
  } finally {
    underWay.delete(run.fingerprint);
  }
}

async function removeUpload(run: UploadRun, api: Api, failure: StorageError): Promise<void> {
  const { place, meter } = run;
  const { phase } = meter.now;
  // What could not be checked is not kept either.
  const isOver = !failure.retryable || phase === 'checking';
  if (!place || (!isOver && (run.fingerprint || run.mayExist))) return;
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

/** What `putParts` takes of the rest. */
const partsDeps = { anySignal, bodySize, putSigned, race, registerUpload, StorageError, usableUntil };

async function forget({ journal, fingerprint }: UploadRun): Promise<void> {
  if (fingerprint) await journal?.remove(fingerprint);
}
