/** A value that is made when it is first asked for: once, however many ask, and anew only after that failed. */
export class Lazy<Value> {
  readonly #make: () => Promise<Value>;
  #value: Promise<Value> | undefined;

  constructor(make: () => Promise<Value>) {
    this.#make = make;
  }

  /** @throws what making it throws */
  get(): Promise<Value> {
    if (this.#value) return this.#value;
    // In a later turn: what is made may drop itself.
    const value = Promise.resolve().then(this.#make);
    this.#value = value;
    value.catch(() => {
      if (this.#value === value) this.drop();
    });
    return value;
  }

  /** It is made anew when it is asked for again. */
  drop(): void {
    this.#value = undefined;
  }
}
