interface Flight<T> {
  readonly outcome: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** Lets equal concurrent requests share one execution, which is aborted when the last of them has gone. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /**
   * Waits for the shared execution, until the request has gone.
   * @param name equal for equal requests
   * @param work runs once for all of them; its signal aborts when no request waits any more
   * @param signal aborts when this request has gone; without one, the request stays to the end
   * @throws what `work` throws, or the reason of `signal`
   */
  async run(name: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const outcome = this.join(name, work, signal);
    if (!signal) return outcome;
    return new Promise((resolve, reject) => {
      const leave = () => reject(signal.reason);
      outcome.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** {@link run}, but waits until the execution has really ended, also when it is aborted. */
  join(name: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const flight = this.#flights.get(name) ?? this.#start(name, work);
    flight.waiting++;
    if (!signal) return flight.outcome;
    const leave = () => {
      flight.waiting--;
      if (flight.waiting > 0) return;
      // The next request starts anew rather than join what is being aborted.
      this.#end(name, flight);
      flight.controller.abort(signal.reason);
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    return flight.outcome.finally(() => signal.removeEventListener('abort', leave));
  }

  #start(name: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const outcome = work(controller.signal).finally(() => this.#end(name, flight));
    const flight: Flight<T> = { outcome, controller, waiting: 0 };
    this.#flights.set(name, flight);
    return flight;
  }

  #end(name: string, flight: Flight<T>): void {
    if (this.#flights.get(name) === flight) this.#flights.delete(name);
  }
}
