import type { Command, CommandUnknownOpts } from '@commander-js/extra-typings';

/** The program while commands are added to it. */
export type CommandTree = Command<[], { json?: true; profile?: string }>;

/** Ends the help of a command with an example that can be typed as it is. */
export function withExample(command: CommandUnknownOpts, example: string): void {
  command.addHelpText('after', `\nExample:\n  ${example}`);
}
