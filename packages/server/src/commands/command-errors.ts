/** The arguments or settings are wrong; the message says what would be right. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly lines: readonly string[];

  /** @param lines at least one; names in them may contain any character, which is escaped when they are shown */
  constructor(...lines: readonly string[]) {
    super(lines.join('\n'));
    this.lines = lines;
  }
}

/** The failure has been reported already, to the user or the supervisor: only the exit code, 1, is left. */
export class ReportedError extends Error {
  override readonly name = 'ReportedError';
}

/** The user pressed Ctrl-C; the message says how to resume. Exit code 130. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}
