import { Option } from '@commander-js/extra-typings';
import { roleNames } from '../config/role-name.ts';
import { keyTypes } from '../identity/api-key.ts';
import type { CommandContext } from './command.ts';
import type { CommandTree } from './command-tree.ts';
import { withExample } from './example.ts';
import { duration, userId } from './option-values.ts';
import type { Output } from './output.ts';
import { addProjectCommands } from './project-commands.ts';
import { settingsHelp } from './settings-help.ts';

type GetOutput = () => Output;

/** What whoever runs the service does. */
export function addServiceCommands(program: CommandTree, getOutput: GetOutput): void {
  const open = async (name: string): Promise<CommandContext> =>
    (await import('./open-context.ts')).openContext(name, getOutput());
  addServe(program, open);
  addProjectCommands(program, open);
  addKeys(program, open);
  addToken(program, open);
  addJobs(program, open);
  addStore(program, open);
}

type OpenContext = (name: string) => Promise<CommandContext>;

function addServe(program: CommandTree, open: OpenContext): void {
  const serve = program
    .command('serve')
    .description('run the service, or one role of it')
    .addOption(new Option('--only <role>', 'run this role alone, in this process').choices(roleNames))
    .action(async ({ only }) => {
      const context = await open(only ?? 'serve');
      const { serve } = await import('./serve.ts');
      await serve(only, context);
    });
  withExample(serve, 'BKEND_DATA_DIR=/var/lib/bkend bkend-storage serve');
  serve.addHelpText('after', settingsHelp);
}

function addKeys(program: CommandTree, open: OpenContext): void {
  const keys = program.command('keys').description('make, list and revoke API keys');
  const create = keys
    .command('create')
    .description('make a key, and show it once')
    .addOption(new Option('--type <type>', 'for apps, or for your own servers').choices(keyTypes))
    .option('--name <name>', 'to tell it from others')
    .option('--project <project>', 'whose files it sees', 'default')
    .option('--env <env>', 'of the project; made if there is none', 'dev')
    .option('--scopes <scopes>', 'all it may do, separated by commas', '')
    .option('--expires-in <duration>', 'such as 30d', duration)
    .action(async (options) => {
      const { createKey } = await import('./keys.ts');
      await createKey(options, await open('keys'));
    });
  withExample(create, 'bkend-storage keys create --type publishable --name "web app"');
  const list = keys
    .command('list')
    .description('show all keys, never their secrets')
    .action(async () => (await import('./keys.ts')).listKeys(await open('keys')));
  withExample(list, 'bkend-storage keys list');
  const revoke = keys
    .command('revoke')
    .description('make a key useless, at once')
    .argument('<id>', 'as keys list shows it')
    .action(async (id) => (await import('./keys.ts')).revokeKey(id, await open('keys')));
  withExample(revoke, 'bkend-storage keys revoke 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6');
  withExample(keys.showHelpAfterError(), 'bkend-storage keys list');
}

function addToken(program: CommandTree, open: OpenContext): void {
  const token = program
    .command('token')
    .description("sign an access token, as an app's login would")
    .requiredOption('--user <name>', 'whose token it is', userId)
    .option('--role <role>', 'such as admin')
    .option('--project <project>', 'whose environment it is for; the home environment unless named')
    .option('--env <env>', 'of the project, dev unless named')
    .addOption(new Option('--expires-in <duration>', 'such as 15m').argParser(duration).default(3600, '1h'))
    .action(async (options) => (await import('./token.ts')).token(options, await open('token')));
  withExample(token, 'bkend-storage token --user alice --expires-in 15m');
}

function addJobs(program: CommandTree, open: OpenContext): void {
  const jobs = program.command('jobs').description("run the service's jobs by hand");
  const run = jobs
    .command('run')
    .description('run a job now, to its end, and say what it did')
    .argument('<name>', 'of the job; a name that is none lists them all')
    .option('--repair', 'with reconcile: mend what it finds')
    .action(async (name, options) => {
      const { findJob, runNamedJob } = await import('./jobs.ts');
      await runNamedJob(findJob(name), options, await open('jobs'));
    });
  withExample(run, 'bkend-storage jobs run reconcile');
  withExample(jobs.showHelpAfterError(), 'bkend-storage jobs run reconcile');
}

function addStore(program: CommandTree, open: OpenContext): void {
  const store = program.command('store').description('look after the embedded object store');
  const verify = store
    .command('verify')
    .description('read every object and compare it with what was written')
    .option('--repair', 'remove what nothing refers to')
    .action(async (options) => (await import('./store.ts')).verify(options, await open('store')));
  withExample(verify, 'bkend-storage store verify');
  const keys = store.command('keys').description('make, list and revoke access keys for S3 programs');
  const create = keys
    .command('create')
    .description('make an access key, and show its secret once')
    .option('--bucket <bucket>', 'the only one it opens')
    .option('--read-only', 'it may not change anything')
    .action(async (options) => (await import('./store.ts')).createAccessKey(options, await open('store')));
  withExample(create, 'bkend-storage store keys create --bucket bkend --read-only');
  const list = keys
    .command('list')
    .description('show all access keys, never their secrets')
    .action(async () => (await import('./store.ts')).listAccessKeys(await open('store')));
  withExample(list, 'bkend-storage store keys list');
  const revoke = keys
    .command('revoke')
    .description('make an access key useless, at once')
    .argument('<id>', 'as store keys list shows it')
    .action(async (id) => (await import('./store.ts')).revokeAccessKey(id, await open('store')));
  withExample(revoke, 'bkend-storage store keys revoke BKEXAMPLE');
  withExample(keys.showHelpAfterError(), 'bkend-storage store keys list');
  withExample(store.showHelpAfterError(), 'bkend-storage store verify');
}
