import type { Config } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';

/** What every command gets beside its arguments. */
export interface CommandContext {
  readonly config: Config;
  readonly log: Logger;
  /** A line of standard output, which is a command's answer and nothing else. */
  readonly print: (line: string) => void;
}

/**
 * Runs with the words that follow the command's name.
 * @throws UsageError when they cannot be understood
 */
export type Command = (words: readonly string[], context: CommandContext) => Promise<void>;
