import { toStorageError } from '../storage-error.ts';
import { Gate } from './gate.ts';
import { createMeter, type Progress, type ProgressMeter } from './progress.ts';
import { anySignal } from './sleep.ts';

/** Controls of a running upload or batch. */
export interface TaskControl {
  /** Stops sending. Parts that are being sent are sent again after `resume()`. */
  pause(): void;
  /** Continues after `pause()`. */
  resume(): void;
  /**
   * Ends it within a second with `client/aborted`, and removes from storage what has not become a file.
   * @param reason `cause` of the error
   */
  abort(reason?: unknown): void;
}

export interface ControlledTask {
  readonly control: TaskControl;
  readonly signal: AbortSignal;
  readonly gate: Gate;
  readonly meter: ProgressMeter;
  /** Aborts the task because a callback failed. */
  readonly fail: (cause: unknown) => void;
}

/** @param callerSignal aborting it is the same as `abort()` */
export function controlTask(
  onProgress: ((progress: Progress) => void) | undefined,
  callerSignal: AbortSignal | undefined,
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
  return { control, signal: anySignal(own.signal, callerSignal), gate, meter, fail };
}
