import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { bashCompletion } from './bash-completion.ts';
import { listCompletions, type Shell } from './completion-model.ts';
import { fishCompletion } from './fish-completion.ts';
import { zshCompletion } from './zsh-completion.ts';

const scripts: Readonly<Record<Shell, typeof bashCompletion>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/**
 * A script that completes this program's commands and options in a shell. It starts the program at a key press only for files
 * and folders of the service.
 */
export function completionScript(shell: Shell, program: CommandUnknownOpts): string {
  return scripts[shell](program.name(), listCompletions(program));
}
