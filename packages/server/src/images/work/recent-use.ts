import { LRUCache } from 'lru-cache';
import type { Flow } from './flow.ts';

/** Half of what a client or an owner has used is forgiven after this time. */
const halfLifeMs = 10_000;
const maxNames = 20_000;

interface Use {
  readonly milliseconds: number;
  readonly at: number;
}

/** How much work was done lately for each client address, and on files of each owner. */
export class RecentUse {
  readonly #uses = new LRUCache<string, Use>({ max: maxNames });

  /** The client's and the owner's together, in milliseconds: a flood is behind others by whichever of the two it has in excess. */
  of({ client, owner }: Flow): number {
    return this.#read(`client ${client}`) + this.#read(`owner ${owner}`);
  }

  /** @param milliseconds of work; below 0 to take back what was expected too much */
  add({ client, owner }: Flow, milliseconds: number): void {
    for (const name of [`client ${client}`, `owner ${owner}`]) {
      const used = Math.max(0, this.#read(name) + milliseconds);
      this.#uses.set(name, { milliseconds: used, at: performance.now() });
    }
  }

  #read(name: string): number {
    const use = this.#uses.get(name);
    return use ? use.milliseconds * 0.5 ** ((performance.now() - use.at) / halfLifeMs) : 0;
  }
}
