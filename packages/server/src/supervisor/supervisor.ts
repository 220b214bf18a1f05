import type { Logger } from '../observability/logger.ts';
import { type RoleOptions, SupervisedRole } from './supervised-role.ts';

export interface SupervisorOptions {
  /**
   * The roles in the order in which they stop: those of a group at once, the next group when all of them are gone. All
   * start at once, and each waits for what it needs.
   */
  readonly stopOrder: readonly (readonly RoleOptions[])[];
  readonly log: Logger;
}

/** Runs every role in a process of its own. */
export class Supervisor {
  readonly #groups: readonly (readonly SupervisedRole[])[];
  #stopping: Promise<void> | undefined;
  #current: readonly SupervisedRole[] = [];
  #hurry = false;

  constructor({ stopOrder, log }: SupervisorOptions) {
    // What takes longest to start stops last.
    const groups = stopOrder.toReversed().map((group) => group.map((role) => new SupervisedRole(role, log)));
    this.#groups = groups.reverse();
  }

  /** Resolves when all roles are ready. @throws RoleFailedError when one cannot be started at all */
  async ready(): Promise<void> {
    await Promise.all(this.#groups.flat().map((role) => role.firstReady));
  }

  /** What a role has to tell, as JSON carries it. */
  async ask(name: string): Promise<unknown> {
    return this.#groups
      .flat()
      .find((role) => role.name === name)
      ?.ask();
  }

  /** Stops everything in order and leaves no process behind. Doing it again makes no difference, doing it in a hurry does. */
  stop(options: { readonly hurry: boolean } = { hurry: false }): Promise<void> {
    if (options.hurry && !this.#hurry) {
      this.#hurry = true;
      if (this.#stopping) void this.#stopGroup(this.#current);
    }
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const group of this.#groups) {
      this.#current = group;
      await this.#stopGroup(group);
    }
  }

  async #stopGroup(group: readonly SupervisedRole[]): Promise<void> {
    await Promise.all(group.map((role) => role.stop({ hurry: this.#hurry })));
  }
}
