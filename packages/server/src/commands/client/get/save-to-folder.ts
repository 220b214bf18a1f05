import { resolve } from 'node:path';
import { type Storage, StorageError, type StoredFile } from '@bkend/storage';
import { assignFinalName, type NameRequest } from './assign-final-name.ts';
import type { DownloadJournal, DownloadKey, RecordedDownload } from './download-journal.ts';
import { fetchBytes, type Sink } from './fetch-bytes.ts';
import { IntegrityCheck } from './integrity-check.ts';
import { PartialFile } from './partial-file.ts';

/** A smaller file is fetched again sooner than it is resumed. */
const minRecordedBytes = 1024 * 1024;
/** The journal gets the MD5 of the bytes so far after each of these many: a killed download is resumed from there. */
const recordedStepBytes = 1024 * 1024;

export interface SaveDeps {
  readonly storage: Storage;
  readonly journal: DownloadJournal;
  /** The API that the file ids belong to. */
  readonly apiUrl: string;
}

export interface SaveRequest extends NameRequest {
  readonly file: StoredFile;
  /** Modification time that the file gets, in milliseconds since 1970. Default: now. */
  readonly modifiedMs?: number;
  /** Records also small files, and as those of a folder, so that the next run completes what a killed one has left. */
  readonly isOfFolder?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number) => void;
}

/** The download failed. Its cause is the reason, and `keptBytes` of it are kept for the same command to resume. */
export class SaveError extends Error {
  override readonly name = 'SaveError';
  readonly keptBytes: number;

  constructor(cause: unknown, keptBytes: number) {
    super('The file was not saved.', { cause });
    this.keptBytes = keptBytes;
  }
}

/**
 * Downloads a file into a folder: under a random name until it is complete and its integrity is checked, then under its own. An
 * interrupted download is kept, and resumed by the next call for the same file and folder, where the bytes kept are still those
 * that were written.
 * @returns the path of the file
 * @throws SaveError
 */
export async function saveToFolder(deps: SaveDeps, request: SaveRequest): Promise<string> {
  const { file, directory, modifiedMs, isOfFolder = false } = request;
  const { journal } = deps;
  const key: DownloadKey = [deps.apiUrl, file.id, resolve(directory)];
  const earlier = await journal.claim(key);
  const found = earlier && (await PartialFile.reopen(earlier));
  const partial = found ?? (await PartialFile.create(directory));
  const identity = await partial.identify();
  const check = new IntegrityCheck(file);
  let recorded: RecordedDownload | undefined;
  const entryOf = (etag: string) => ({
    ...identity,
    etag,
    writtenBytes: partial.sizeBytes,
    writtenMd5: check.md5(),
    pid: process.pid,
    isOfFolder,
  });
  const sink = checkedSink(partial, check, async () => {
    if (!recorded || partial.sizeBytes - recorded.writtenBytes < recordedStepBytes) return;
    recorded = entryOf(recorded.etag);
    await journal.update(key, recorded);
  });
  try {
    if (found) await keepWritten(earlier, sink, check);
    // At least the last byte is fetched: the response shows whether the others still belong to the file.
    if (sink.sizeBytes >= file.size) await sink.rewind(Math.max(0, file.size - 1));
    const { md5 } = await fetchBytes(deps.storage, {
      ...request,
      fileId: file.id,
      sizeBytes: file.size,
      sink,
      etag: found && sink.sizeBytes > 0 ? earlier.etag : undefined,
      async onEtag(etag) {
        if (recorded) await journal.remove(key);
        recorded = undefined;
        if (etag === undefined || !(isOfFolder || file.size >= minRecordedBytes)) return;
        const entry = entryOf(etag);
        if (await journal.record(key, entry)) recorded = entry;
      },
    });
    check.verify(md5);
    if (modifiedMs !== undefined) await partial.setModified(modifiedMs);
    await partial.close();
    const path = await assignFinalName(partial.path, request);
    if (recorded) await journal.remove(key);
    return path;
  } catch (error) {
    await partial.close();
    if (recorded && partial.sizeBytes > 0 && canResume(error, request.signal)) {
      await journal.update(key, entryOf(recorded.etag));
      throw new SaveError(error, partial.sizeBytes);
    }
    if (recorded) await journal.remove(key);
    await partial.remove();
    throw new SaveError(error, 0);
  }
}

function canResume(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || (error instanceof StorageError && error.retryable);
}

/** Drops what an earlier run has kept where it is not what that run has written: the file is downloaded from its beginning. */
async function keepWritten(earlier: RecordedDownload, sink: Required<Sink>, check: IntegrityCheck) {
  // An entry of an earlier version has no MD5.
  const { writtenBytes = 0, writtenMd5 } = earlier;
  await sink.rewind(Math.min(sink.sizeBytes, writtenBytes));
  if (sink.sizeBytes !== writtenBytes || check.md5() !== writtenMd5) await sink.rewind(0);
}

function checkedSink(
  partial: PartialFile,
  check: IntegrityCheck,
  onWritten: () => Promise<void>,
): Required<Sink> {
  return {
    get sizeBytes() {
      return partial.sizeBytes;
    },
    async write(bytes) {
      check.update(bytes);
      await partial.write(bytes);
      await onWritten();
    },
    async rewind(sizeBytes) {
      await partial.truncate(sizeBytes);
      check.reset();
      for await (const chunk of partial.chunks()) check.update(chunk);
    },
  };
}
