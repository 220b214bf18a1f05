import { readFileSync } from 'node:fs';
import { Argument, Command } from '@commander-js/extra-typings';
import { packageFile } from '../package-file.ts';
import { addClientCommands } from './client/client-commands.ts';
import { shells } from './completion/shells.ts';
import { withExample } from './example.ts';
import { createOutput } from './output.ts';
import { printable } from './printable.ts';
import { addServiceCommands } from './service-commands.ts';

/**
 * The whole command line: every command, option and argument, in one tree that parses words, writes the help and the shell
 * completions. What a command does is loaded only when it is called: most of a start is loading code.
 */
export function createProgram() {
  const program = new Command('bkend-storage')
    .description('File storage for your app: the service, and your files in it.')
    .version(readVersion(), '-v, --version', 'show the version')
    .helpOption('-h, --help', 'show what can be given')
    .option('--json', 'answer with one JSON object a line')
    .exitOverride()
    .showHelpAfterError('Add --help to see what can be given.')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text, write) => write(asSentence(text)) });
  const getOutput = () => createOutput(program.opts().json ?? false);

  addServiceCommands(program.commandsGroup('The service:'), getOutput);
  addClientCommands(program.commandsGroup('Your files:'), getOutput);
  const completion = program
    .commandsGroup('This program:')
    .helpCommand('help [command]', 'show the help of a command')
    .command('completion')
    .description('print what a shell needs to complete commands and options')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action(async (shell) => {
      const { completionScript } = await import('./completion/completion-script.ts');
      getOutput().print(completionScript(shell, program));
    });
  withExample(completion, 'source <(bkend-storage completion bash)');
  return program.addHelpText(
    'after',
    `
"bkend-storage COMMAND --help" shows what a command can be given, and an example.
BKEND_API_URL, BKEND_API_KEY and BKEND_ACCESS_TOKEN win over what login stored.
Exit codes: 0 done, 1 (some) failed, 2 wrong usage or settings, 130 interrupted.`,
  );
}

/** The parser begins its messages with "error: ", in lower case. */
function asSentence(text: string): string {
  const sentence = text.replace(/^error: (.)/, (_, first: string) => first.toUpperCase());
  return sentence.split('\n').map(printable).join('\n');
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
  return version;
}
