import type { StorageError } from '../storage-error.ts';
import type { Pool } from '../transfer/pool.ts';
import type { retry } from '../transfer/retry.ts';
import type { abortable } from '../transfer/sleep.ts';
import type { Api, Connection } from '../transport/api.ts';

/** Injected rather than imported: this module is loaded on demand, and imports would split the main bundle. */
export interface BatchCallsDeps {
  readonly abortable: typeof abortable;
  readonly retry: typeof retry;
  readonly StorageError: typeof StorageError;
  /** Slots for calls of single files. */
  readonly alone: Pool;
}

type Call = Parameters<Api>[0];

/** Answer to a file; its error; undefined: the file has to ask alone. */
type Answer = object | StorageError | undefined;

/** A call of the API for many files. */
interface BatchRoute {
  readonly path: string;
  /** One for each file, in order; throws where the answer is not the API's. */
  readonly answersOf: (answer: Answers) => readonly (object | undefined)[];
}

type Answers = Readonly<Record<'uploads' | 'results', readonly { url?: string; file?: object }[]>>;

/** By the path of the same call for one file. */
const batchRoutes: Readonly<Record<string, BatchRoute>> = {
  '/files/presigned-url': {
    path: '/files/presigned-urls',
    answersOf: ({ uploads }) => uploads.map((upload) => (upload.url ? upload : undefined)),
  },
  '/files': { path: '/files/batch', answersOf: ({ results }) => results.map(({ file }) => file) },
};

/** Most files of one call, by the API. */
export const maxBatch = 100;
/**
 * 1 MiB: larger files ask alone. Some object stores copy the bytes of a file that is registered, and the answer to a batch
 * waits for all of them.
 */
const maxFileBytes = 2 ** 20;
/** Calls of one route under way, so that one that stalls does not keep all files. */
const callsAtOnce = 2;
/**
 * Milliseconds that a file waits for others: small files end one after the other, and a call costs more than a file in it. A call
 * is made when no file has come for 25 ms, or when the first has waited for 150 ms.
 */
const linger = { quietMs: 25, longestMs: 150 };

/**
 * An {@link Api} that presigns and registers small files together: each call takes the files that ask one soon after the
 * other. A file's first try goes with others. Where that fails, and for the errors of single files, it asks alone: so its outcome is that of a
 * single call. A server without such routes is asked alone for all.
 */
export function batchCalls(
  { api, policy, platform }: Pick<Connection, 'api' | 'policy' | 'platform'>,
  { abortable, retry, StorageError, alone }: BatchCallsDeps,
): Api {
  const queues = new Map(
    Object.entries(batchRoutes).map(([path, route]) => [path, createQueue(api, route, abortable)]),
  );
  return <T>(call: Call): Promise<T> => {
    const queue = isSmallFile(call) ? queues.get(call.path) : undefined;
    if (!queue) return api<T>(call);
    const askAlone = () => alone.run(() => api<T>({ ...call, tries: 1 }), call.signal);
    let isFirst = true;
    const work = async () => {
      const answer = isFirst ? await queue(call) : undefined;
      isFirst = false;
      if (answer instanceof StorageError) throw answer;
      // The routes for one file and for many have the same answers.
      return (answer as T | undefined) ?? askAlone();
    };
    return retry(work, { phase: 'requesting', policy, platform, ...call });
  };
}

function isSmallFile({ method, body }: Call): boolean {
  // Presigning and registering have sizes by these names.
  const { fileSize, size = fileSize } = (body ?? {}) as { fileSize?: number; size?: number };
  return method === undefined && size !== undefined && size <= maxFileBytes;
}

interface WaitingFile {
  readonly call: Call;
  readonly answer: (answer: Answer) => void;
}

/** @returns asks for one file together with those that wait */
function createQueue(
  api: Api,
  { path, answersOf }: BatchRoute,
  until: typeof abortable,
): (call: Call) => Promise<Answer> {
  const waiting = new Set<WaitingFile>();
  let running = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** When the first of the waiting files came, and the last one. */
  let firstAt = 0;
  let lastAt = 0;
  let isSupported = true;

  const ask = async (calls: readonly Call[]): Promise<readonly Answer[]> => {
    const [first, second] = calls;
    try {
      if (first && !second) return [await api<object>({ ...first, tries: 1 })];
      if (!isSupported) return [];
      const { phase, gate } = first ?? {};
      const signal = signalOf(calls);
      const body = { files: calls.map((call) => call.body) };
      return answersOf(await api<Answers>({ path, body, signal, gate, tries: 1, ...(phase && { phase }) }));
    } catch (thrown) {
      const error = thrown as StorageError;
      // One file's error is its own. A server that is overloaded is asked again only after a pause, and a callback of the caller
      // that never answered is not asked again.
      if (!second || error.status === 429 || error.status === 503 || error.details?.waitingFor)
        return calls.map(() => error);
      if (error.status === 404 || error.status === 405 || error.status === 501) isSupported = false;
      return [];
    }
  };
  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    // All may have left meanwhile.
    if (running === callsAtOnce || waiting.size === 0) return;
    running += 1;
    const files = [...waiting].slice(0, maxBatch);
    for (const file of files) waiting.delete(file);
    const answers = await ask(files.map(({ call }) => call));
    for (const [index, { answer }] of files.entries()) answer(answers[index]);
    running -= 1;
    schedule();
  };
  const schedule = () => {
    const left = Math.min(lastAt + linger.quietMs, firstAt + linger.longestMs) - performance.now();
    if (waiting.size >= maxBatch || (waiting.size > 0 && left <= 0)) void flush();
    else if (waiting.size > 0) {
      timer ??= setTimeout(() => {
        timer = undefined;
        schedule();
      }, left);
    }
  };
  return async (call) => {
    if (!isSupported) return undefined;
    return until<Answer>((answer) => {
      const file = { call, answer };
      lastAt = performance.now();
      if (waiting.size === 0) firstAt = lastAt;
      waiting.add(file);
      schedule();
      return () => waiting.delete(file);
    }, call.signal);
  };
}

/** Aborts when all of the calls have been aborted. */
function signalOf(calls: readonly Call[]): AbortSignal {
  const controller = new AbortController();
  let left = calls.length;
  for (const { signal } of calls) {
    const leave = () => {
      left -= 1;
      if (left === 0) controller.abort(signal?.reason);
    };
    signal?.addEventListener('abort', leave, { once: true });
  }
  return controller.signal;
}
