import type { Limits } from '@bkend/storage-contract';
import type { Origins } from './origins.ts';

/** What the operator has set for the whole service, for environments that set nothing of their own. */
export interface ServiceDefaults {
  readonly limits: Limits;
  /** `BKEND_CORS_ORIGINS` */
  readonly corsOrigins: Origins;
}

/** One setting of an environment: all there is to know about it. */
export interface Setting<Value> {
  /** One sentence, for the documentation and the command line. */
  readonly description: string;
  /** The default, in words. */
  readonly defaultText: string;
  /** An example as it is written behind `=` on the command line. */
  readonly example: string;
  /** The value in force where the environment sets none. */
  readonly unset: (service: ServiceDefaults) => Value;
  /**
   * The value that an input from outside means.
   * @throws InvalidSetting with all that is wrong
   */
  readonly parse: (input: unknown) => Exclude<Value, undefined>;
  /** What answers show of the value; all of it when absent. */
  readonly show?: (value: Exclude<Value, undefined>) => unknown;
  /** Belongs to the operator: the admin API shows it and does not change it. */
  readonly operatorOnly?: true;
}

/** What is wrong with the value of a setting, one phrase a problem, such as `must be true or false`. */
export class InvalidSetting extends Error {
  override readonly name = 'InvalidSetting';
  readonly problems: readonly string[];

  constructor(...problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/** Reads a whole number between two bounds, both included. */
export function wholeNumber(min: number, max: number): (input: unknown) => number {
  return (input) => {
    if (typeof input === 'number' && Number.isInteger(input) && input >= min && input <= max) return input;
    throw new InvalidSetting(`must be a whole number from ${min} to ${max}`);
  };
}

/** Reads `true` or `false`. */
export function trueOrFalse(input: unknown): boolean {
  if (typeof input === 'boolean') return input;
  throw new InvalidSetting('must be true or false');
}
