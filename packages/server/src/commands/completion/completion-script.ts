import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { bashCompletion } from './bash-completion.ts';
import { listCommandWords } from './command-words.ts';
import { fishCompletion } from './fish-completion.ts';
import type { Shell } from './shells.ts';
import { zshCompletion } from './zsh-completion.ts';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** What a shell needs to complete this program's words: complete in itself, so that no key press starts a program. */
export function completionScript(shell: Shell, program: CommandUnknownOpts): string {
  return scripts[shell](program.name(), listCommandWords(program));
}
