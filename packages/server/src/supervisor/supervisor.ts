import type { Logger } from '../observability/logger.ts';
import { type RoleOptions, SupervisedRole } from './supervised-role.ts';

export interface SupervisorOptions {
  /**
   * The roles in the order in which they stop: those of a group at once, the next group when all of them have ended. All
   * start at once, and each waits for what it needs.
   */
  readonly stopOrder: readonly (readonly RoleOptions[])[];
  /** Milliseconds between announcing a stop, when readiness becomes 503, and stopping. Default 0. */
  readonly stopDelayMs?: number;
  readonly log: Logger;
}

/** Runs every role in a process of its own. */
export class Supervisor {
  readonly #groups: readonly (readonly SupervisedRole[])[];
  readonly #stopDelayMs: number;
  #stopping: Promise<void> | undefined;
  #current: readonly SupervisedRole[] = [];
  #hurry = false;
  #endDelay = () => {};

  constructor({ stopOrder, stopDelayMs = 0, log }: SupervisorOptions) {
    // The last to stop takes longest to start.
    const groups = stopOrder.toReversed().map((group) => group.map((role) => new SupervisedRole(role, log)));
    this.#groups = groups.reverse();
    this.#stopDelayMs = stopDelayMs;
  }

  /** Resolves when all roles are ready. @throws RoleFailedError when one cannot be started */
  async ready(): Promise<void> {
    await Promise.all(this.#groups.flat().map((role) => role.firstReady));
  }

  /** Asks a role's process for its value, as JSON carries it; undefined where there is no such role. */
  async ask(name: string): Promise<unknown> {
    return this.#groups
      .flat()
      .find((role) => role.name === name)
      ?.ask();
  }

  /**
   * Stops all roles in order and leaves no process behind. Calling it again has no effect, except with `hurry`: then the delay
   * ends, and roles are killed where their table allows it.
   */
  stop(options: { readonly hurry: boolean } = { hurry: false }): Promise<void> {
    if (options.hurry && !this.#hurry) {
      this.#hurry = true;
      this.#endDelay();
      if (this.#stopping) void this.#stopGroup(this.#current);
    }
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    await this.#announceStop();
    for (const group of this.#groups) {
      this.#current = group;
      await this.#stopGroup(group);
    }
  }

  async #announceStop(): Promise<void> {
    if (this.#stopDelayMs === 0 || this.#hurry) return;
    for (const role of this.#groups.flat()) role.announceStop();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#stopDelayMs);
      this.#endDelay = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #stopGroup(group: readonly SupervisedRole[]): Promise<void> {
    await Promise.all(group.map((role) => role.stop({ hurry: this.#hurry })));
  }
}
