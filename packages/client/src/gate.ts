import { until } from './until.ts';

/** Why an attempt ended that was running when its gate closed: it counts as never made. */
export const interruption = new Error('paused');

/** Closed while paused. Closing interrupts what is under way; opening lets it begin again. */
export class Gate {
  #interrupt = new AbortController();
  readonly #waiting: (() => void)[] = [];

  /** Aborts when the gate closes. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  close(): void {
    this.#interrupt.abort(interruption);
  }

  open(): void {
    if (!this.signal.aborted) return;
    this.#interrupt = new AbortController();
    for (const proceed of this.#waiting.splice(0)) proceed();
  }

  async whenOpen(signal: AbortSignal | undefined): Promise<void> {
    while (this.signal.aborted) await until<void>((done) => void this.#waiting.push(done), signal);
  }
}
