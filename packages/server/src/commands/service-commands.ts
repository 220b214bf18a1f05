import { Option } from '@commander-js/extra-typings';
import { roleNames } from '../config/role-table.ts';
import { keyTypes } from '../identity/api-key.ts';
import type { OpenContext } from './command-context.ts';
import type { CommandTree } from './command-tree.ts';
import { withExample } from './command-tree.ts';
import { addConsoleCommands } from './console-commands.ts';
import { addMovingCommands } from './moving-commands.ts';
import { duration, userId } from './option-values.ts';
import { addProjectCommands } from './project-commands.ts';
import { addWebhookCommands } from './webhook-commands.ts';

/** Adds the commands of operators. */
export function addServiceCommands(program: CommandTree, open: OpenContext): void {
  addServe(program, open);
  addProjectCommands(program, open);
  addKeys(program, open);
  addWebhookCommands(program, open);
  addToken(program, open);
  addJobs(program, open);
  addStore(program, open);
  addConsoleCommands(program, open);
  addMovingCommands(program, open);
}

function addServe(program: CommandTree, open: OpenContext): void {
  const serve = program
    .command('serve')
    .description('run the service, or one role of it')
    .addOption(new Option('--only <role>', 'run this role alone, in this process').choices(roleNames))
    .action(async ({ only }) => {
      const context = await open(only ?? 'serve');
      const { serve } = await import('./serve/serve.ts');
      await serve(only, context);
    });
  withExample(serve, 'BKEND_DATA_DIR=/var/lib/bkend bkend-storage serve');
  // Loaded with `serve` alone: other commands, `help serve` among them, start without it.
  let settingsHelp = '\nSettings are environment variables; "bkend-storage serve --help" lists them.';
  program.hook('preSubcommand', async (_, subcommand) => {
    if (subcommand.name() === serve.name()) ({ settingsHelp } = await import('./serve/settings-help.ts'));
  });
  serve.addHelpText('after', () => settingsHelp);
}

function addKeys(program: CommandTree, open: OpenContext): void {
  const keys = program.command('keys').description('create, list and revoke API keys');
  const create = keys
    .command('create')
    .description('create an API key, and show it once')
    .addOption(
      new Option('--type <type>', 'publishable for apps, secret for your own servers').choices(keyTypes),
    )
    .option('--name <name>', 'shown in lists')
    .option('--project <project>', 'the project it opens', 'default')
    .option('--env <env>', 'the environment it opens; created where it is missing', 'dev')
    .option('--scopes <scopes>', 'what it may do, separated by commas; default: everything', '')
    .option('--expires-in <duration>', 'seconds, or such as 30d', duration)
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
    .description('revoke an API key, in force within 5 seconds')
    .argument('<id>', 'as keys list shows it')
    .action(async (id) => (await import('./keys.ts')).revokeKey(id, await open('keys')));
  withExample(revoke, 'bkend-storage keys revoke 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6');
  withExample(keys.showHelpAfterError(), 'bkend-storage keys list');
}

function addToken(program: CommandTree, open: OpenContext): void {
  const token = program
    .command('token')
    .description("sign an access token, as an app's login does")
    .requiredOption('--user <name>', 'id of the user', userId)
    .option('--role <role>', 'such as admin')
    .option('--project <project>', 'project of the token; default: the home environment')
    .option('--env <env>', 'environment of the project; default: dev')
    .addOption(
      new Option('--expires-in <duration>', 'seconds, or such as 15m')
        .argParser(duration)
        .default(3600, '1h'),
    )
    .action(async (options) => (await import('./token.ts')).token(options, await open('token')));
  withExample(token, 'bkend-storage token --user alice --expires-in 15m');
}

function addJobs(program: CommandTree, open: OpenContext): void {
  const jobs = program.command('jobs').description('run a job of the service');
  const run = jobs
    .command('run')
    .description('run a job now, to its end, and show what it did')
    .argument('<job>', 'its name; any other lists all jobs')
    .option('--repair', 'with reconcile: repair the differences found')
    .action(async (name, options) => {
      const { findJob, runNamedJob } = await import('./jobs.ts');
      await runNamedJob(findJob(name), options, await open('jobs'));
    });
  withExample(run, 'bkend-storage jobs run reconcile');
  withExample(jobs.showHelpAfterError(), 'bkend-storage jobs run reconcile');
}

function addStore(program: CommandTree, open: OpenContext): void {
  const store = program
    .command('store')
    .description('verify the embedded object store, and manage its access keys');
  const verify = store
    .command('verify')
    .description('read every object and compare it with its checksums')
    .option('--repair', 'remove bytes without an object')
    .action(async (options) => (await import('./store.ts')).verify(options, await open('store')));
  withExample(verify, 'bkend-storage store verify');
  const keys = store.command('keys').description('create, list and revoke access keys for S3 clients');
  const create = keys
    .command('create')
    .description('create an access key, and show its secret once')
    .option('--bucket <bucket>', 'the only bucket it opens')
    .option('--read-only', 'it may read only')
    .action(async (options) => (await import('./store.ts')).createAccessKey(options, await open('store')));
  withExample(create, 'bkend-storage store keys create --bucket bkend --read-only');
  const list = keys
    .command('list')
    .description('show all access keys, never their secrets')
    .action(async () => (await import('./store.ts')).listAccessKeys(await open('store')));
  withExample(list, 'bkend-storage store keys list');
  const revoke = keys
    .command('revoke')
    .description('revoke an access key, in force at once')
    .argument('<id>', 'as store keys list shows it')
    .action(async (id) => (await import('./store.ts')).revokeAccessKey(id, await open('store')));
  withExample(revoke, 'bkend-storage store keys revoke BKEXAMPLE');
  withExample(keys.showHelpAfterError(), 'bkend-storage store keys list');
  withExample(store.showHelpAfterError(), 'bkend-storage store verify');
}
