import type { Phase } from './storage-error.ts';

/** How far something has come. */
export interface Progress {
  phase: Phase | 'paused' | 'done';
  /** Bytes that have left; goes back when some must be sent again. */
  bytes: number;
  /** Bytes; undefined for a stream that does not say. */
  total: number | undefined;
  /** Over the last five seconds. */
  bytesPerSecond: number;
  /** At this speed; undefined while there is nothing to tell it from. */
  secondsLeft: number | undefined;
}

/** What a meter is told. */
interface Reading {
  phase: Phase;
  bytes: number;
  total: number | undefined;
  isPaused?: boolean;
  isDone?: boolean;
}

/** Eight a second, and the last one whenever it comes: never more than ten. */
const tellEveryMs = 125;
const windowMs = 5000;

/** Counts bytes and tells of them, not too often. */
export interface ProgressMeter {
  readonly now: Readonly<Reading>;
  update(change: Partial<Reading>): void;
  read(): Progress;
  /** Tells the last there is to tell. */
  finish(bytes: number): void;
  /** Says nothing more. */
  stop(): void;
}

/** @param fail called with what `tell` throws, or rejects with */
export function createMeter(
  tell: ((progress: Progress) => void) | undefined,
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
      // What storage had already counts as bytes, and not as speed.
      if (now.phase !== 'preparing') samples.push({ at, bytes: now.bytes });
      samples = samples.filter((each) => at - each.at <= windowMs);
      say();
    }, tellEveryMs);
  };
  // Asynchronous, so that a callback that throws and one that rejects end alike.
  const say = () => void (async () => tell?.(read()))().catch(fail);
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
  // Cleared and not forgotten: none is set any more.
  const stop = () => clearTimeout(timer);
  const finish = (bytes: number) => {
    update({ bytes, isDone: true });
    stop();
    say();
  };
  return { now, update, read, finish, stop };
}
