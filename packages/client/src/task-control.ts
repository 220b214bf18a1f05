import { anySignal } from './attempt.ts';
import { Gate } from './gate.ts';
import { createMeter, type Progress, type ProgressMeter } from './progress.ts';
import { toStorageError } from './storage-error.ts';

/** What can be done to something under way. */
export interface TaskControl {
  /** Stops sending; parts under way are sent again later. */
  pause(): void;
  resume(): void;
  /** Gives it up within a second, and leaves nothing in storage of what is not yet a file. */
  abort(reason?: unknown): void;
}

export interface ControlledTask {
  readonly control: TaskControl;
  readonly signal: AbortSignal;
  readonly gate: Gate;
  readonly meter: ProgressMeter;
  /** Gives it up because a callback failed. */
  readonly fail: (cause: unknown) => void;
}

/** @param callers aborting it is the same as `abort()` */
export function controlTask(
  onProgress: ((progress: Progress) => void) | undefined,
  callers: AbortSignal | undefined,
): ControlledTask {
  const gate = new Gate();
  const own = new AbortController();
  const fail = (cause: unknown) => own.abort(toStorageError(cause));
  const meter = createMeter(onProgress, fail);
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
  return { control, signal: anySignal(own.signal, callers), gate, meter, fail };
}
