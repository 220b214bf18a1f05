import type { Api } from './transport/api.ts';
import type { BulkChange, BulkFilter, BulkOutcome, DeleteOutcome } from './wire.ts';

/** Files of a bulk call: their ids, or a filter. */
export type BulkFiles = Iterable<string> | BulkFilter;

/** Options of bulk calls. */
export interface BulkOptions {
  /** Aborting it rejects the call with `client/aborted`; what is done stays done. */
  signal?: AbortSignal;
  /**
   * With a filter: number of files that it should take. If it takes another number nothing is done: `file/total-changed`. The
   * first request is then not repeated when its answer is lost.
   */
  expectedTotal?: number;
  /** Called after every request, of 1,000 files at most. When it throws, the call ends with its error. */
  onProgress?: (progress: BulkProgress) => void;
}

/** Progress of a bulk call. */
export interface BulkProgress {
  /** Number of files that were changed. */
  done: number;
  /** Number of files that stayed as they were. */
  failed: number;
  /** Number of files in all. */
  total: number;
}

/** A kind of bulk call. */
export interface BulkCall {
  readonly path: string;
  /** Name of the changed ids in the answer. */
  readonly doneField: 'deleted' | 'restored' | 'updated';
  /** Fields of the request beside the files. */
  readonly body: { readonly set: BulkChange } | { readonly trash?: boolean | undefined } | undefined;
}

type Failed = BulkOutcome['failed'];

/** Answer to a call by ids has a list of ids; to a call by filter the rest. */
interface Answer extends Partial<Record<BulkCall['doneField'], string[]>> {
  failed: Failed;
  done?: number;
  remaining?: number;
  nextCursor?: string;
}

/** Injected rather than imported: this module is loaded on demand, and imports would split the main bundle. */
export interface BulkDeps {
  readonly api: Api;
  /** Most ids of one request. */
  readonly maxBulk: number;
}

/** Changes files in as many requests as it takes. */
export function changeAll(
  { api, maxBulk }: BulkDeps,
  files: BulkFiles,
  { path, doneField, body, signal, expectedTotal, onProgress }: BulkCall & BulkOptions,
): Promise<DeleteOutcome> {
  const outcome: DeleteOutcome = { done: 0, failed: [], deleted: [] };
  const report = (left: number) => {
    const { done, failed } = outcome;
    onProgress?.({ done, failed: failed.length, total: done + failed.length + left });
  };

  const changeNamed = async (ids: readonly string[]) => {
    for (let start = 0; start < ids.length; start += maxBulk) {
      let isRetried = false;
      const onRetry = () => {
        isRetried = true;
      };
      const some = ids.slice(start, start + maxBulk);
      const answer = await api<Answer>({
        path,
        signal,
        onRetry,
        body: { ...body, ids: some, expectedTotal },
      });
      const changed = [...(answer[doneField] ?? [])];
      for (const { id, code } of answer.failed) {
        // An earlier try, whose answer was lost, deleted it.
        if (doneField === 'deleted' && isRetried && code === 'file/not-found') changed.push(id);
        else outcome.failed.push({ id, code });
      }
      outcome.done += changed.length;
      if (doneField === 'deleted') outcome.deleted.push(...changed);
      report(ids.length - start - some.length);
    }
  };

  const changeMatching = async (filter: BulkFilter) => {
    let next: { cursor?: string; expectedTotal?: number | undefined } | undefined = { expectedTotal };
    while (next) {
      // The files that an earlier try changed may match no more, and a repeated check would fail.
      const once = next.expectedTotal === undefined ? {} : { tries: 1 };
      const answer: Answer = await api<Answer>({ path, signal, ...once, body: { ...body, filter, ...next } });
      const { done = 0, failed, remaining = 0, nextCursor } = answer;
      outcome.done += done;
      outcome.failed.push(...failed);
      report(remaining);
      next = nextCursor === undefined ? undefined : { cursor: nextCursor };
    }
  };

  return (
    Symbol.iterator in Object(files)
      ? changeNamed([...new Set(files as Iterable<string>)])
      : changeMatching(files as BulkFilter)
  ).then(() => outcome);
}
