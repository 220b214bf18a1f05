import type { CommandUnknownOpts } from '@commander-js/extra-typings';

/** Ends a command's help with a line that can be typed as it is. */
export function withExample(command: CommandUnknownOpts, line: string): void {
  command.addHelpText('after', `\nExample:\n  ${line}`);
}
