import { until } from './until.ts';

/** Why an attempt ended that was running when its gate closed: it counts as never made. */
export const interruption = new Error('Interrupted by a pause.');

/** Closed while paused. Closing interrupts what is under way; opening lets it begin again. */
export class Gate {
  #interrupt = new AbortController();
  readonly #waiting = new Set<() => void>();

  /** Aborts when the gate closes. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  get isClosed(): boolean {
    return this.signal.aborted;
  }

  close(): void {
    this.#interrupt.abort(interruption);
  }

  open(): void {
    if (!this.isClosed) return;
    this.#interrupt = new AbortController();
    for (const proceed of this.#waiting) proceed();
    this.#waiting.clear();
  }

  async whenOpen(signal: AbortSignal | undefined): Promise<void> {
    while (this.isClosed) {
      await until((done) => {
        this.#waiting.add(done);
        return () => this.#waiting.delete(done);
      }, signal);
    }
  }
}
