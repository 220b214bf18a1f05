import { anySignal } from './attempt.ts';
import { Gate } from './gate.ts';
import type { ProgressMeter } from './progress.ts';

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
}

/** @param callers aborting it is the same as `abort()` */
export function controlTask(meter: ProgressMeter, callers: AbortSignal | undefined): TaskSignals {
  const gate = new Gate();
  const own = new AbortController();
  const control: TaskControl = {
    pause() {
      gate.close();
      meter.update({ isPaused: true });
    },
    resume() {
      gate.open();
      meter.update({ isPaused: false });
    },
    abort: (reason) => own.abort(reason),
  };
  return { control, signal: anySignal(own.signal, callers), gate };
}
