import { Option } from '@commander-js/extra-typings';
import { operatorRoles } from '../identity/operators/operator.ts';
import type { OpenContext } from './command-context.ts';
import type { CommandTree } from './command-tree.ts';
import { withExample } from './command-tree.ts';
import { collect } from './option-values.ts';

/** Adds the commands for operators of the console. */
export function addConsoleCommands(program: CommandTree, open: OpenContext): void {
  const load = () => import('./console.ts');
  const console = program
    .command('console')
    .description('invite and remove operators of the console, and end their sessions');
  const invite = console
    .command('invite')
    .description('print a link, good once within a day, by which someone becomes an operator')
    .addOption(
      new Option('--role <role>', 'owner: the installation; admin: projects; viewer: reads them')
        .choices(operatorRoles)
        .default('owner' as const),
    )
    .option('--project <project>', 'of an admin or a viewer; may be repeated', collect)
    .action(async (options) => (await load()).invite(options, await open('console')));
  withExample(invite, 'bkend-storage console invite --role admin --project shop');
  const reset = console
    .command('reset')
    .description(
      'end the password and sessions of an operator, and print a link that sets a new one, good once within a day',
    )
    .argument('<name>', 'of the operator')
    .action(async (name) => (await load()).reset(name, await open('console')));
  withExample(reset, 'bkend-storage console reset alice');
  const remove = console
    .command('remove')
    .description('remove an operator, whose sessions end at once; the last owner stays')
    .argument('<name>', 'of the operator')
    .action(async (name) => (await load()).remove(name, await open('console')));
  withExample(remove, 'bkend-storage console remove alice');
  const sessions = console
    .command('sessions')
    .description('show who is signed in, and end sessions')
    .option('--end <name>', 'end all sessions of this operator, at once')
    .action(async (options) => (await load()).sessions(options, await open('console')));
  withExample(sessions, 'bkend-storage console sessions --end alice');
  withExample(console.showHelpAfterError(), 'bkend-storage console invite');
}
