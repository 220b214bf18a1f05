import { Gate } from './gate.ts';
import type { ProgressMeter } from './progress.ts';
import type { Connection } from './upload-run.ts';

/** What can be done to something under way. */
export interface TaskControl {
  /** Stops sending; parts under way are sent again later. */
  pause(): void;
  resume(): void;
  /** Gives it up, and leaves nothing in storage of what is not yet a file. */
  abort(reason?: unknown): void;
}

export interface TaskSignals {
  readonly control: TaskControl;
  readonly signal: AbortSignal;
  readonly gate: Gate;
  /** Lets go of the caller's signal. */
  release(): void;
}

/** @param callers aborting it is the same as `abort()` */
export function controlTask(
  { platform }: Connection,
  meter: ProgressMeter,
  callers: AbortSignal | undefined,
): TaskSignals {
  const gate = new Gate();
  const own = new AbortController();
  platform.expectListeners?.(own.signal);
  const follow = () => own.abort(callers?.reason);
  callers?.addEventListener('abort', follow);
  if (callers?.aborted) follow();
  const control: TaskControl = {
    pause() {
      gate.close();
      meter.isPaused = true;
    },
    resume() {
      gate.open();
      meter.isPaused = false;
    },
    abort: (reason) => own.abort(reason),
  };
  return { control, signal: own.signal, gate, release: () => callers?.removeEventListener('abort', follow) };
}
