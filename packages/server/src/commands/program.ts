import { Argument, Command } from '@commander-js/extra-typings';
import { chooseProfile } from '../config/env.ts';
import { readVersion } from '../package-file.ts';
import { addClientCommands } from './client/client-commands.ts';
import type { OpenContext } from './command-context.ts';
import { withExample } from './command-tree.ts';
import { shells } from './completion/completion-model.ts';
import { requireEffects } from './option-effects.ts';
import { profileName } from './option-values.ts';
import { createOutput, printable } from './output.ts';
import { requireValues } from './required-values.ts';
import { addServiceCommands } from './service-commands.ts';

/**
 * Creates the command line: one tree of all commands, options and arguments, from which parsing, help and shell completion are
 * made. The code of a command is loaded when it is called: most of a start is loading code.
 * @param openContext opens the context of an operator's command; by default, from the process's environment variables
 */
export function createProgram(openContext?: OpenContext) {
  const program = new Command('bkend-storage')
    .description('File storage for your app: the service, and your files in it.')
    .version(readVersion(), '-v, --version', 'show the version')
    .helpOption('-h, --help', 'show the help of a command')
    .option('--json', 'answer with one JSON object a line')
    .option('--profile <name>', 'use what login has stored under this name', profileName)
    .hook('preAction', (command, called) => {
      requireEffects(called);
      const { profile } = command.opts();
      if (profile !== undefined) chooseProfile(profile);
    })
    .exitOverride()
    .showHelpAfterError('Add --help to see its arguments and options.')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text, write) => write(asSentence(text)) });
  const getOutput = () => createOutput(program.opts().json ?? false);

  const openOfProcess: OpenContext = async (name) =>
    (await import('./command-context.ts')).openContext(name, getOutput());

  addServiceCommands(program.commandsGroup('The service:'), openContext ?? openOfProcess);
  addClientCommands(program.commandsGroup('Your files:'), getOutput);
  const completion = program
    .commandsGroup('This program:')
    .helpCommand('help [command]', 'show the help of a command')
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action(async (shell) => {
      const { completionScript } = await import('./completion/completion-script.ts');
      getOutput().print(completionScript(shell, program));
    });
  withExample(completion, 'source <(bkend-storage completion bash)');
  requireValues(program);
  return program.addHelpText(
    'after',
    `
"bkend-storage COMMAND --help" shows the arguments and options of a command, and an example.
BKEND_API_URL, BKEND_API_KEY and BKEND_ACCESS_TOKEN win over what login stored, but not over --profile.
Exit codes: 0 done, 1 failed, wholly or partly, 2 wrong arguments or settings, 130 interrupted.`,
  );
}

/** The parser's messages begin with "error: " in lower case. */
function asSentence(text: string): string {
  const sentence = text.replace(/^error: (.)/, (_, first: string) => first.toUpperCase());
  return sentence.split('\n').map(printable).join('\n');
}
