import { settingNames, settingsTable } from '../projects/settings-table.ts';
import type { OpenContext } from './command-context.ts';
import type { CommandTree } from './command-tree.ts';
import { withExample } from './command-tree.ts';

/** Adds the commands for projects, environments and their settings. */
export function addProjectCommands(program: CommandTree, open: OpenContext): void {
  addProjects(program, open);
  addEnvironments(program, open);
}

function addProjects(program: CommandTree, open: OpenContext): void {
  const projects = program.command('projects').description('create, list, rename and delete projects');
  const create = projects
    .command('create')
    .description('create a project; environments create does so too')
    .argument('<project>', 'its name')
    .action(async (name) => (await import('./projects.ts')).createProject(name, await open('projects')));
  withExample(create, 'bkend-storage projects create shop');
  const list = projects
    .command('list')
    .description('show all projects')
    .action(async () => (await import('./projects.ts')).listProjects(await open('projects')));
  withExample(list, 'bkend-storage projects list');
  const rename = projects
    .command('rename')
    .description('change what people call a project; its name is for life')
    .argument('<project>', 'its name')
    .argument('<label>', 'what it is called')
    .action(async (name, label) =>
      (await import('./projects.ts')).labelProject(name, label, await open('projects')),
    );
  withExample(rename, 'bkend-storage projects rename shop "The shop"');
  const remove = projects
    .command('delete')
    .description('delete a project with its environments, files, keys and webhooks, in the background')
    .argument('<project>', 'its name')
    .option('--yes', 'do not ask')
    .action(async (name, options) =>
      (await import('./projects.ts')).removeProject(name, options, await open('projects')),
    );
  withExample(remove, 'bkend-storage projects delete shop --yes');
  withExample(projects.showHelpAfterError(), 'bkend-storage projects list');
}

function addEnvironments(program: CommandTree, open: OpenContext): void {
  const load = () => import('./environments.ts');
  const environments = program
    .command('environments')
    .description('create, list, set and delete environments');
  const create = environments
    .command('create')
    .description('create an environment, and its project where it is missing')
    .argument('<environment>', 'project and environment, such as shop/prod')
    .action(async (name) => (await load()).createEnvironment(name, await open('environments')));
  withExample(create, 'bkend-storage environments create shop/prod');
  const list = environments
    .command('list')
    .description('show all environments')
    .action(async () => (await load()).listEnvironments(await open('environments')));
  withExample(list, 'bkend-storage environments list');
  const show = environments
    .command('show')
    .description('show the settings of an environment, secrets masked')
    .argument('<environment>', 'such as shop/prod')
    .action(async (name) => (await load()).showEnvironment(name, await open('environments')));
  withExample(show, 'bkend-storage environments show shop/prod --json');
  const set = environments
    .command('set')
    .description('change settings of an environment, in force within 5 seconds')
    .argument('<environment>', 'such as shop/prod')
    .argument('[settings...]', 'name=value; an empty value resets to the default')
    .option('--file <file>', 'a JSON object of settings, so that secrets stay out of the command line')
    .action(async (name, settings, { file }) =>
      (await load()).setEnvironment(name, { settings, file }, await open('environments')),
    );
  withExample(set, 'bkend-storage environments set shop/prod uploads.maxFileBytes=10485760');
  const names = settingNames.map((name) => {
    const { description, example } = settingsTable[name];
    return `  ${name}=${example}\n      ${description}`;
  });
  set.addHelpText('after', ['', 'Settings:', ...names].join('\n'));
  const remove = environments
    .command('delete')
    .description('delete an environment with its files, keys and webhooks, in the background')
    .argument('<environment>', 'such as shop/staging')
    .option('--yes', 'do not ask')
    .action(async (name, options) =>
      (await load()).removeEnvironment(name, options, await open('environments')),
    );
  withExample(remove, 'bkend-storage environments delete shop/staging --yes');
  const close = environments
    .command('close-tokens')
    .description(
      'refuse, in every environment, tokens without "exp" and of other environments, which the upgrade left open',
    )
    .action(async () => (await load()).closeTokens(await open('environments')));
  withExample(close, 'bkend-storage environments close-tokens');
  withExample(environments.showHelpAfterError(), 'bkend-storage environments list');
}
