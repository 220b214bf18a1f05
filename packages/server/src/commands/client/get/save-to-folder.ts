import { resolve } from 'node:path';
import { type Storage, StorageError, type StoredFile } from '@bkend/storage';
import { ContentCheck } from './content-check.ts';
import type { DownloadJournal, DownloadKey } from './download-journal.ts';
import { Draft } from './draft.ts';
import { fetchBytes, type Sink } from './fetch-bytes.ts';
import { placeFile } from './place-file.ts';

/** What is smaller is quicker fetched again than remembered. */
const minRememberedBytes = 1024 * 1024;

export interface SaveDeps {
  readonly storage: Storage;
  readonly journal: DownloadJournal;
  /** Where file ids are from. */
  readonly apiUrl: string;
}

export interface SaveRequest {
  readonly file: StoredFile;
  readonly directory: string;
  readonly name: string;
  /** Replaces a regular file of that name; otherwise a name that is taken gets a number. */
  readonly force: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number) => void;
}

/** Why nothing was saved, and how much of it waits on disk for the same command to go on. */
export class SaveError extends Error {
  override readonly name = 'SaveError';
  readonly keptBytes: number;

  constructor(cause: unknown, keptBytes: number) {
    super('The file was not saved.', { cause });
    this.keptBytes = keptBytes;
  }
}

/**
 * Downloads a file into a folder: under a name that nothing else has until all of it is there and is what was stored, then
 * under its own. What was interrupted is kept, and taken up by the next call for the same file and folder.
 * @returns its path
 * @throws SaveError
 */
export async function saveToFolder(deps: SaveDeps, request: SaveRequest): Promise<string> {
  const { file, directory, name, force } = request;
  const { journal } = deps;
  const key: DownloadKey = [deps.apiUrl, file.id, resolve(directory)];
  const earlier = await journal.claim(key);
  const found = earlier && (await Draft.takeUp(earlier));
  const draft = found ?? (await Draft.create(directory));
  let isRemembered = false;
  try {
    const check = new ContentCheck(file);
    const sink = checkedSink(draft, check);
    // The last byte is always fetched: the answer says whether the others are still the file's.
    await sink.rewind(Math.min(draft.sizeBytes, Math.max(0, file.size - 1)));
    const { md5 } = await fetchBytes(deps.storage, {
      ...request,
      fileId: file.id,
      sizeBytes: file.size,
      sink,
      etag: found && earlier.etag,
      async onEtag(etag) {
        if (isRemembered) await journal.forget(key);
        isRemembered =
          etag !== undefined &&
          file.size >= minRememberedBytes &&
          (await journal.remember(key, { ...(await draft.identify()), etag, pid: process.pid }));
      },
    });
    check.verify(md5);
    await draft.close();
    const path = await placeFile(draft.path, { directory, name, force });
    if (isRemembered) await journal.forget(key);
    return path;
  } catch (error) {
    await draft.close();
    const isKept = isRemembered && draft.sizeBytes > 0 && canGoOn(error, request.signal);
    if (isKept) throw new SaveError(error, draft.sizeBytes);
    if (isRemembered) await journal.forget(key);
    await draft.remove();
    throw new SaveError(error, 0);
  }
}

function canGoOn(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || (error instanceof StorageError && error.retryable);
}

function checkedSink(draft: Draft, check: ContentCheck): Required<Sink> {
  return {
    get sizeBytes() {
      return draft.sizeBytes;
    },
    async write(bytes) {
      check.update(bytes);
      await draft.write(bytes);
    },
    async rewind(sizeBytes) {
      await draft.truncate(sizeBytes);
      check.reset();
      for await (const chunk of draft.chunks()) check.update(chunk);
    },
  };
}
