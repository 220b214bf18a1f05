import type { Phase } from '../storage-error.ts';

/** Progress of an upload, a batch or a download. */
export interface Progress {
  phase: Phase | 'paused' | 'done';
  /** Bytes sent or received; falls when some must be sent again. */
  bytes: number;
  /** Bytes in all; undefined for a stream of unknown size. */
  total: number | undefined;
  /** Average of the last five seconds. */
  bytesPerSecond: number;
  /** Seconds left at this speed; undefined while there is no speed to compute it from. */
  secondsLeft: number | undefined;
}

/** Current values of a meter. */
interface Reading {
  phase: Phase;
  bytes: number;
  total: number | undefined;
  isPaused?: boolean;
  isDone?: boolean;
}

/** Eight reports a second and the final one: never more than ten. */
const reportEveryMs = 125;
const windowMs = 5000;

/** Counts bytes and reports them at most ten times a second. */
export interface ProgressMeter {
  readonly now: Readonly<Reading>;
  update(change: Partial<Reading>): void;
  read(): Progress;
  /** Makes the final report. */
  finish(bytes: number): void;
  /** Ends reporting. */
  stop(): void;
}

/** @param fail called when `onProgress` throws or rejects */
export function createMeter(
  onProgress: ((progress: Progress) => void) | undefined,
  fail: (cause: unknown) => void,
  start?: Partial<Reading>,
): ProgressMeter {
  const now: Reading = { phase: 'preparing', bytes: 0, total: undefined, ...start };
  let samples: { at: number; bytes: number }[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const update = (change: Partial<Reading>) => {
    Object.assign(now, change);
    timer ??= setTimeout(() => {
      timer = undefined;
      const at = performance.now();
      // Bytes that storage had already count as bytes, and not as speed.
      if (now.phase !== 'preparing') samples.push({ at, bytes: now.bytes });
      samples = samples.filter((each) => at - each.at <= windowMs);
      report();
    }, reportEveryMs);
  };
  // A callback that rejects fails one microtask later, before the task that made its last report settles.
  const report = () => {
    try {
      Promise.resolve(onProgress?.(read())).catch(fail);
    } catch (cause) {
      fail(cause);
    }
  };
  const read = (): Progress => {
    const { phase, bytes, total, isPaused, isDone } = now;
    const [first] = samples;
    const seconds = first ? (performance.now() - first.at) / 1000 : 0;
    const bytesPerSecond = first && seconds > 0 ? Math.max(0, bytes - first.bytes) / seconds : 0;
    return {
      phase: isDone ? 'done' : isPaused ? 'paused' : phase,
      bytes,
      total,
      bytesPerSecond,
      secondsLeft: total && bytesPerSecond ? (total - bytes) / bytesPerSecond : undefined,
    };
  };
  // `timer` stays set, so that `update` starts no other.
  const stop = () => clearTimeout(timer);
  const finish = (bytes: number) => {
    update({ bytes, isDone: true });
    stop();
    report();
  };
  return { now, update, read, finish, stop };
}
