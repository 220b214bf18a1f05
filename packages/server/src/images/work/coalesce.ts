/** Lets equal requests that come while one is under way share its outcome. */
export class Coalescer<T> {
  readonly #underWay = new Map<string, Promise<T>>();

  /** @param name what makes requests equal */
  run(name: string, work: () => Promise<T>): Promise<T> {
    const shared = this.#underWay.get(name);
    if (shared) return shared;
    const begun = work().finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, begun);
    return begun;
  }
}
