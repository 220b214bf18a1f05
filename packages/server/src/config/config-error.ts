/** One wrong variable. */
export interface ConfigProblem {
  /** The variable, or the several that contradict each other. */
  readonly variable: string;
  /** What is wrong, and what would be right. */
  readonly message: string;
}

/** The settings cannot be used. Names every problem there is, so that nobody has to find them one start at a time. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, message }) => `  ${variable}: ${message}`);
    super(`The settings cannot be used:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}
