import { Option } from '@commander-js/extra-typings';
import type { OpenContext } from './command-context.ts';
import { type CommandTree, withExample } from './command-tree.ts';
import { durationWithin, wholeNumber } from './option-values.ts';

const exampleId = '0199e1a2-3b4c-7d5e-8f60-718293a4b5c6';
const project = () => new Option('--project <project>', 'project of the webhook').default('default');
const env = () => new Option('--env <env>', 'environment of the project').default('dev');
const keepFor = durationWithin(1, 30 * 24 * 60 * 60, 'a time from 1s to 30d');
const idArgument = ['<id>', 'as webhooks list shows it'] as const;

/** Adds the commands for webhooks. */
export function addWebhookCommands(program: CommandTree, open: OpenContext): void {
  const load = () => import('./webhooks.ts');
  const webhooks = program.command('webhooks').description('manage the webhooks of an environment');
  const create = webhooks
    .command('create')
    .description('send events to an address from now on, and show the secret once')
    .argument('<url>', 'address that events are sent to, by POST')
    .option('--types <types>', 'types of events, separated by commas; default: all', '')
    .option('--description <text>', 'shown in lists')
    .addOption(project())
    .addOption(env())
    .action(async (url, options) =>
      (await load()).createWebhookCommand(url, options, await open('webhooks')),
    );
  withExample(create, 'bkend-storage webhooks create https://shop.example.com/hooks --types file.created');
  const list = webhooks
    .command('list')
    .description('show all webhooks, never their secrets')
    .addOption(project())
    .addOption(env())
    .action(async (options) => (await load()).listWebhooksCommand(options, await open('webhooks')));
  withExample(list, 'bkend-storage webhooks list --project shop --env prod');
  const remove = webhooks
    .command('delete')
    .description('delete a webhook with its deliveries')
    .argument(...idArgument)
    .addOption(project())
    .addOption(env())
    .action(async (id, options) => (await load()).deleteWebhookCommand(id, options, await open('webhooks')));
  withExample(remove, `bkend-storage webhooks delete ${exampleId}`);
  const test = webhooks
    .command('test')
    .description('deliver an event webhook.test')
    .argument(...idArgument)
    .addOption(project())
    .addOption(env())
    .action(async (id, options) => (await load()).testWebhookCommand(id, options, await open('webhooks')));
  withExample(test, `bkend-storage webhooks test ${exampleId}`);
  const deliveries = webhooks
    .command('deliveries')
    .description('show the latest deliveries')
    .argument(...idArgument)
    .addOption(
      new Option('--state <state>', 'those in this state').choices(['pending', 'delivered', 'failed']),
    )
    .addOption(
      new Option('--limit <n>', 'the most that are shown').argParser(wholeNumber(100_000)).default(100),
    )
    .addOption(project())
    .addOption(env())
    .action(async (id, options) => (await load()).listDeliveriesCommand(id, options, await open('webhooks')));
  withExample(deliveries, `bkend-storage webhooks deliveries ${exampleId} --state failed`);
  const redeliver = webhooks
    .command('redeliver')
    .description('make a delivery again, at once')
    .argument(...idArgument)
    .argument('<delivery-id>', 'as webhooks deliveries shows it')
    .addOption(project())
    .addOption(env())
    .action(async (id, deliveryId, options) =>
      (await load()).redeliverCommand({ id, deliveryId }, options, await open('webhooks')),
    );
  withExample(
    redeliver,
    `bkend-storage webhooks redeliver ${exampleId} 0199e1a3-0000-7000-8000-000000000001`,
  );
  const rotate = webhooks
    .command('rotate-secret')
    .description('give a webhook another secret, and show it once')
    .argument(...idArgument)
    .option('--keep-for <duration>', 'time in which the secret of before signs, too; default: 1d', keepFor)
    .addOption(project())
    .addOption(env())
    .action(async (id, options) => (await load()).rotateSecretCommand(id, options, await open('webhooks')));
  withExample(rotate, `bkend-storage webhooks rotate-secret ${exampleId}`);
  withExample(webhooks.showHelpAfterError(), 'bkend-storage webhooks list');
}
