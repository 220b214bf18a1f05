import { abortable } from './sleep.ts';

/** Reason with which a closing gate aborts running attempts: they do not count as tries. */
export const interruption = new Error('paused');

/** Pauses work. Closing it interrupts running attempts; opening it lets them start again. */
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
    while (this.signal.aborted) await abortable<void>((done) => void this.#waiting.push(done), signal);
  }
}
