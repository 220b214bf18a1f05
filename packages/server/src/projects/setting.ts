import type { Limits, Origins } from '@bkend/storage-contract';

/** Operator settings for the whole service: the defaults of environments. */
export interface ServiceDefaults {
  readonly limits: Limits;
  /** `BKEND_CORS_ORIGINS` */
  readonly corsOrigins: Origins;
}

/** One setting of an environment. */
export interface Setting<Value> {
  /** One sentence, for the documentation and the command line. */
  readonly description: string;
  /** The default, as text. */
  readonly defaultText: string;
  /** An example, as it follows `=` on the command line. */
  readonly example: string;
  /** The default value. */
  readonly unset: (service: ServiceDefaults) => Value;
  /**
   * Parses an input.
   * @throws InvalidSetting with every problem
   */
  readonly parse: (input: unknown) => Exclude<Value, undefined>;
  /** The value for an answer, secrets masked; the value itself when absent. */
  readonly show?: (value: Exclude<Value, undefined>) => unknown;
  /** Set by operators alone: the admin API shows it and does not change it. */
  readonly operatorOnly?: true;
}

/** The problems of a setting's value, one phrase each, such as `must be true or false`. */
export class InvalidSetting extends Error {
  override readonly name = 'InvalidSetting';
  readonly problems: readonly string[];

  constructor(...problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/** Parses a whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): (input: unknown) => number {
  return (input) => {
    // The sum makes 0 of the -0 that JSON can say and a database does not keep.
    if (typeof input === 'number' && Number.isInteger(input) && input >= min && input <= max)
      return input + 0;
    throw new InvalidSetting(`must be a whole number from ${min} to ${max}`);
  };
}

/** Parses `true` or `false`. */
export function trueOrFalse(input: unknown): boolean {
  if (typeof input === 'boolean') return input;
  throw new InvalidSetting('must be true or false');
}
