import { download } from '../download.ts';
import { bodySize, maxSinglePutBytes, type Source, type Uploadable } from '../source/source.ts';
import { abortedError, overNetwork, StorageError, toStorageError } from '../storage-error.ts';
import type { Gate } from '../transfer/gate.ts';
import type { Progress } from '../transfer/progress.ts';
import { retry } from '../transfer/retry.ts';
import { anySignal, race } from '../transfer/sleep.ts';
import { controlTask, type TaskControl } from '../transfer/task-control.ts';
import { createCallerWait } from '../transfer/with-stall-timeout.ts';
import type { Connection } from '../transport/api.ts';
import type { FileDescription, StoredFile } from '../wire.ts';
import { cleanUp, type ReachedStages } from './clean-up.ts';
import { putSigned, usableUntil } from './put-signed.ts';
import { putWhole } from './put-whole.ts';
import { registerUpload } from './register-upload.ts';
import { claimResumeEntry } from './resume-journal.ts';
import type { OnOpen, PreparedUpload, SentUpload, UploadContext } from './upload-context.ts';

/** Options of one upload: the file's name and type, its description, and how it is sent. */
export interface UploadOptions extends FileDescription {
  /** Default: the source's own name, else `file`. */
  filename?: string;
  /**
   * Id of a file that gets these contents, in place of a new file. Its name, folder, visibility, users and metadata stay; of
   * the options that describe a new file, only width and height count.
   */
  fileId?: string;
  /** With `fileId`: only while the file has this ETag; else `file/version-conflict`. */
  ifMatch?: string;
  /** MIME type. Default: the source's own; else, in Node, by the extension of the name; else `application/octet-stream`. */
  contentType?: string;
  /** Bytes of a stream, where known; a stream of another length is `client/source-changed`. Required above 10 GiB. */
  size?: number;
  /**
   * `true` computes the SHA-256 during the upload, keeps it in `metadata.custom.sha256`, and downloads the file to compare
   * it. 64 hex digits also require the source to have this SHA-256. A difference is `client/checksum-mismatch`, and leaves no
   * file. `'record'` computes and keeps it, and downloads nothing.
   */
  sha256?: boolean | 'record' | (string & {});
  /** Whether to resume an earlier upload of the same file, and to allow a later one to resume this. Default true. */
  resume?: boolean;
  /** Aborting it is the same as `abort()`: the upload rejects within a second, even when the source does not answer. */
  signal?: AbortSignal;
  /** Called at most ten times a second. When it throws or rejects, the upload ends with `client/invalid-input`. */
  onProgress?: (progress: Progress) => void;
}

/** The file that an upload made. */
export interface UploadedFile extends StoredFile {
  /** In hex, with the option `sha256`: of the bytes sent and of the bytes stored. */
  sha256?: string;
}

/**
 * A running upload: a promise of the file, with controls.
 *
 * @example
 * ```ts
 * const task = storage.upload(file);
 * addEventListener('pagehide', () => task.abort());
 * const { id } = await task;
 * ```
 */
export interface UploadTask extends Promise<UploadedFile>, TaskControl {
  /** Progress at this moment. */
  readonly progress: Progress;
}

/**
 * Starts an upload.
 * @param batchGate pauses it together with its batch
 */
export function startUpload(
  connection: Connection,
  input: Uploadable,
  { batchGate, ...options }: UploadOptions & { batchGate?: Gate } = {},
): UploadTask {
  const { control, signal, gate: ownGate, meter } = controlTask(options.onProgress, options.signal);
  const gate = batchGate ?? ownGate;
  const wait = createCallerWait('source', { ...connection, signal, gate });
  const api: UploadContext['api'] = (call) =>
    connection.api({ phase: meter.now.phase, signal, gate, ...call });
  const context = { ...connection, api, signal, gate, meter, wait };
  connection.platform.expectListeners?.(signal);
  const promise = upload(context, input, options).finally(() => meter.stop());
  const readProgress = { get: () => meter.read() };
  // The promise gains exactly what UploadTask adds to it.
  return Object.defineProperty(Object.assign(promise, control), 'progress', readProgress) as UploadTask;
}

/** Milliseconds for which an upload that was aborted, or that the network ended, cleans up before it settles. */
const cleanUpMs = 500;

/** Does the work, until it ends or the signal aborts, and cleans up after a failure. Cleaning up may outlast the upload. */
async function upload(
  context: UploadContext,
  input: Uploadable,
  options: UploadOptions,
): Promise<UploadedFile> {
  const { meter, signal } = context;
  let reached: ReachedStages = {};
  const work = runStages(context, { input, options }, (stage) => {
    reached = { ...reached, ...stage };
  });
  try {
    const file = await race(work, signal);
    // The last call of `onProgress` may have failed.
    signal.throwIfAborted();
    reached.prepared?.resume?.release();
    return file;
  } catch (error) {
    const { phase } = meter.now;
    const failure = signal.aborted ? abortedError(signal, phase) : toStorageError(error, phase);
    const cleaned = work.catch(() => {}).then(() => cleanUp(context, reached, failure));
    const isUrgent = signal.aborted || failure.retryable;
    await race(cleaned, isUrgent ? AbortSignal.timeout(cleanUpMs) : signal).catch(() => {});
    throw failure;
  }
}

async function runStages(
  context: UploadContext,
  { input, options }: { readonly input: Uploadable; readonly options: UploadOptions },
  onStage: (stage: ReachedStages) => void,
): Promise<UploadedFile> {
  const { meter, platform, signal, wait } = context;
  signal.throwIfAborted();
  // Before many sources are open: loading needs a descriptor, and is not tried again.
  if (options.sha256) await loadIntegrity();
  const opened = await platform.open(input, wait, options.size);
  try {
    const check = await startCheck(context, opened, options);
    signal.throwIfAborted();
    const prepared = prepare(context, check?.source ?? opened, options);
    onStage({ prepared });
    const sent = await send(context, prepared, (upload) => onStage({ upload }));
    const { size } = sent;
    await prepared.source.verify?.();
    const checked = (await check?.sent(prepared, size)) ?? prepared;
    meter.update({ phase: 'registering', total: size });
    const file = sent.file ?? (await registerUpload(context.api, checked, sent));
    await prepared.resume?.remove();
    const verified = await check?.stored(context, file, options.sha256 === 'record');
    meter.finish(size);
    return verified ?? file;
  } finally {
    opened.close?.();
  }
}

const loadIntegrity = () => overNetwork(import('./integrity.ts'));

async function startCheck({ platform, wait }: UploadContext, source: Source, { sha256 }: UploadOptions) {
  if (!sha256) return undefined;
  const { checkIntegrity } = await loadIntegrity();
  return checkIntegrity(source, sha256 === 'record' || sha256, {
    createHash: platform.createHash,
    download,
    StorageError,
    wait,
  });
}

function prepare(context: UploadContext, source: Source, options: UploadOptions): PreparedUpload {
  const { filename, fileId, ifMatch, contentType, size, sha256, resume, signal, onProgress, ...description } =
    options;
  const { folder, visibility, category } = description;
  const name = filename ?? source.name ?? 'file';
  const type =
    contentType || source.type || context.platform.mimeTypeOf?.(name) || 'application/octet-stream';
  const facts = { filename: name, contentType: type };
  const announcement = fileId ? facts : { ...facts, folder, visibility, category };
  const fingerprint =
    source.identity &&
    resume !== false &&
    JSON.stringify([context.url, context.apiKey, announcement, source.identity, fileId]);
  context.meter.update({ total: source.size });
  return {
    source,
    replaces: fileId ? { fileId, ifMatch } : undefined,
    announcement,
    description,
    resume: fingerprint ? claimResumeEntry(context.journal, fingerprint) : undefined,
  };
}

async function send(context: UploadContext, prepared: PreparedUpload, onOpen: OnOpen): Promise<SentUpload> {
  const { size } = prepared.source;
  if (size !== undefined && size <= maxSinglePutBytes)
    return putWhole(context, { ...prepared, size }, onOpen);
  // Loaded on demand: most apps send small files only.
  const load = () => overNetwork(import('./put-parts.ts'));
  const { putParts } = await retry(load, { ...context, phase: 'preparing' });
  const put = () => putParts(context, prepared, { ...putPartsDeps, onOpen });
  return context.multiparts?.run(put, context.signal) ?? put();
}

const putPartsDeps = { anySignal, bodySize, putSigned, race, registerUpload, StorageError, usableUntil };
