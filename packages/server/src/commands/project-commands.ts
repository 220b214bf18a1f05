import { settingNames, settingsTable } from '../projects/settings-table.ts';
import type { CommandContext } from './command.ts';
import type { CommandTree } from './command-tree.ts';
import { withExample } from './example.ts';

type OpenContext = (name: string) => Promise<CommandContext>;

/** Projects, their environments and what these are set to. */
export function addProjectCommands(program: CommandTree, open: OpenContext): void {
  addProjects(program, open);
  addEnvironments(program, open);
}

function addProjects(program: CommandTree, open: OpenContext): void {
  const projects = program.command('projects').description('make and list projects');
  const create = projects
    .command('create')
    .description('make a project; environments create does so too')
    .argument('<project>', 'its name')
    .action(async (name) => (await import('./projects.ts')).createProject(name, await open('projects')));
  withExample(create, 'bkend-storage projects create shop');
  const list = projects
    .command('list')
    .description('show all projects')
    .action(async () => (await import('./projects.ts')).listProjects(await open('projects')));
  withExample(list, 'bkend-storage projects list');
  withExample(projects.showHelpAfterError(), 'bkend-storage projects list');
}

function addEnvironments(program: CommandTree, open: OpenContext): void {
  const load = () => import('./environments.ts');
  const environments = program.command('environments').description('make, list and set environments');
  const create = environments
    .command('create')
    .description('make an environment, and its project where there is none')
    .argument('<environment>', 'project and environment, such as shop/prod')
    .action(async (word) => (await load()).createEnvironment(word, await open('environments')));
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
    .action(async (word) => (await load()).showEnvironment(word, await open('environments')));
  withExample(show, 'bkend-storage environments show shop/prod --json');
  const set = environments
    .command('set')
    .description('change settings of an environment, in force within 5 seconds')
    .argument('<environment>', 'such as shop/prod')
    .argument('[settings...]', 'name=value; nothing behind the = goes back to the default')
    .option('--file <file>', 'a JSON object of settings, so that secrets stay out of the command line')
    .action(async (word, words, { file }) =>
      (await load()).setEnvironment(word, { words, file }, await open('environments')),
    );
  withExample(set, 'bkend-storage environments set shop/prod uploads.maxFileBytes=10485760');
  const names = settingNames.map((name) => {
    const { description, example } = settingsTable[name];
    return `  ${name}=${example}\n      ${description}`;
  });
  set.addHelpText('after', ['', 'Settings:', ...names].join('\n'));
  const close = environments
    .command('close-tokens')
    .description(
      'end, everywhere, what goes on from before the upgrade: tokens without an end, and of other environments',
    )
    .action(async () => (await load()).closeTokens(await open('environments')));
  withExample(close, 'bkend-storage environments close-tokens');
  withExample(environments.showHelpAfterError(), 'bkend-storage environments list');
}
