/** The command line cannot be understood; the message says what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly lines: readonly string[];

  /** @param lines one, or several; names in them may be of any characters */
  constructor(...lines: readonly string[]) {
    super(lines.join('\n'));
    this.lines = lines;
  }
}
