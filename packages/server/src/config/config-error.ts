/** One wrong variable. */
export interface ConfigProblem {
  /** Name of the variable, or names of the several that contradict each other. */
  readonly variable: string;
  /** The fault, and a right value. */
  readonly message: string;
}

/** The settings cannot be used. Names all problems at once, so that the operator need not find them one start at a time. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, message }) => `  ${variable}: ${message}`);
    super(`The settings cannot be used:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}
