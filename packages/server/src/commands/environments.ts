import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Database } from '../postgres/database.ts';
import { createEnvironmentRepository } from '../postgres/projects/environment-repository.ts';
import { changeEnvironment, type ProjectsDeps, viewEnvironment } from '../projects/change-environment.ts';
import type { Environment } from '../projects/environment.ts';
import { borrowDatabase } from '../roles/borrow-database.ts';
import type { CommandContext } from './command.ts';
import { readSettingWords } from './setting-words.ts';
import { tellAllIssues } from './tell-all-issues.ts';
import { readTenant } from './tenant-words.ts';
import { UsageError } from './usage-error.ts';

/** `environments create`: makes an environment, and its project where there is none. Making it again changes nothing. */
export async function createEnvironment(word: string, context: CommandContext): Promise<void> {
  const tenant = readTenant(word);
  await withProjects(context, async ({ environments, newId, clock }) => {
    const made = await environments.create({ tenant, id: newId(), at: clock() });
    context.show({ environment: tenant, made }, made ? `Made ${tenant}.` : `${tenant} is there already.`);
  });
}

/** `environments list`: all environments, by name. */
export async function listEnvironments(context: CommandContext): Promise<void> {
  await withProjects(context, async (deps) => {
    for (const environment of await deps.environments.list()) {
      const view = viewEnvironment(environment, deps);
      const marks = [
        environment.isHome ? 'home' : '',
        view.openTokensUntil ? `open tokens until ${view.openTokensUntil}` : '',
      ];
      const line = [view.environment, `created ${view.createdAt}`, ...marks].filter(Boolean).join('  ');
      context.show(view, line);
    }
  });
}

/**
 * `environments show`: the settings in force, secrets masked.
 * @throws UsageError when there is no such environment
 */
export async function showEnvironment(word: string, context: CommandContext): Promise<void> {
  const tenant = readTenant(word);
  await withProjects(context, async (deps) => {
    const environment = await deps.environments.find(tenant);
    if (environment === undefined) throw noSuchEnvironment(word);
    show(environment, deps, context);
  });
}

/**
 * `environments set`: changes settings, from words such as `uploads.maxFileBytes=1000000` and from a file of JSON.
 * @throws UsageError naming everything that is wrong
 */
export async function setEnvironment(
  word: string,
  { words, file }: { words: readonly string[]; file: string | undefined },
  context: CommandContext,
): Promise<void> {
  const tenant = readTenant(word);
  const input = { ...(file !== undefined && (await readSettingsFile(file))), ...readSettingWords(words) };
  if (Object.keys(input).length === 0) {
    throw new UsageError('Give settings to change, such as uploads.maxFileBytes=1000000, or --file FILE.');
  }
  await withProjects(context, async (deps) => {
    if ((await deps.environments.find(tenant)) === undefined) throw noSuchEnvironment(word);
    await changeEnvironment(deps, tenant, { input, by: 'operator' }).catch((error: unknown) => {
      throw tellAllIssues(error);
    });
    const changed = await deps.environments.find(tenant);
    if (changed === undefined) throw noSuchEnvironment(word);
    show(changed, deps, context);
  });
}

/** `environments close-tokens`: ends what goes on from before the upgrade. */
export async function closeTokens(context: CommandContext): Promise<void> {
  await withProjects(context, async ({ environments }) => {
    const closed = await environments.closeTokens();
    context.show(
      { closed },
      closed.length > 0
        ? `Closed ${closed.join(', ')}: tokens without "exp", and tokens of other environments, are refused there now.`
        : 'All environments were closed already.',
    );
  });
}

/** Gives a command what the verbs of projects need. */
export async function withProjects(
  { config, log }: CommandContext,
  use: (deps: ProjectsDeps) => Promise<void>,
): Promise<void> {
  await borrowDatabase(config, log, (database: Database) =>
    use({
      environments: createEnvironmentRepository(database),
      service: { limits: config.limits, corsOrigins: config.api.corsOrigins },
      clock: () => new Date(),
      newId: randomUUID,
    }),
  );
}

function noSuchEnvironment(word: string): UsageError {
  return new UsageError(
    `There is no environment ${word}; "bkend-storage environments create ${word}" makes it.`,
  );
}

async function readSettingsFile(file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file === '-' ? '/dev/stdin' : file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`${file} cannot be read: ${cause instanceof Error ? cause.message : cause}`);
  });
  const value: unknown = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`${file} holds no JSON object of settings.`);
  }
  return Object.fromEntries(Object.entries(value));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Answers with an environment's settings in force, one a line; those it has set itself are marked. */
function show(environment: Environment, deps: ProjectsDeps, context: CommandContext): void {
  const view = viewEnvironment(environment, deps);
  const entries = Object.entries(view.settings);
  const width = Math.max(...entries.map(([name]) => name.length));
  const lines = entries.map(([name, value]) => {
    const shown = value === null ? '-' : typeof value === 'string' ? value : JSON.stringify(value);
    const mark = Object.hasOwn(environment.settings, name) ? '  (set here)' : '';
    return `  ${name.padEnd(width)}  ${shown}${mark}`;
  });
  const open = view.openTokensUntil
    ? [`Tokens of before the upgrade go on working until ${view.openTokensUntil}.`]
    : [];
  context.show(view, [`${view.environment}, created ${view.createdAt}`, ...lines, ...open]);
}
