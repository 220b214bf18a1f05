import { randomUUID } from 'node:crypto';
import type { Database } from '../postgres/database/database.ts';
import { createDeletionRepository } from '../postgres/projects/deletion-repository.ts';
import { createEnvironmentRepository } from '../postgres/projects/environment-repository.ts';
import { changeEnvironment, type ProjectsDeps, viewEnvironment } from '../projects/change-environment.ts';
import { deleteEnvironment } from '../projects/delete-environment.ts';
import type { Environment } from '../projects/environment.ts';
import type { Deletion, DeletionRepository } from '../projects/ports.ts';
import { withDatabase } from '../roles/with-database.ts';
import { isConfirmed } from './client/prompt.ts';
import type { CommandContext } from './command-context.ts';
import { UsageError } from './command-errors.ts';
import { parseSettingArguments, readSettingsFile, reportAllIssues } from './setting-arguments.ts';
import { parseTenantArgument } from './tenant-argument.ts';

/** `environments create`: creates an environment, and its project where it is missing. Again, it changes nothing. */
export async function createEnvironment(name: string, context: CommandContext): Promise<void> {
  const tenant = parseTenantArgument(name);
  await withProjects(context, async ({ environments, newId, clock }) => {
    const created = await environments.create({ tenant, id: newId(), at: clock() });
    context.show(
      { environment: tenant, made: created },
      created ? `Created ${tenant}.` : `${tenant} exists already.`,
    );
  });
}

/** `environments list`: shows all environments, by name. */
export async function listEnvironments(context: CommandContext): Promise<void> {
  await withProjects(context, async (deps) => {
    const deletions = new Map((await deps.deletions.list()).map((each) => [each.tenant, each]));
    for (const environment of await deps.environments.list()) {
      const deletion = deletions.get(environment.tenant);
      const view = {
        ...viewEnvironment(environment, deps),
        ...(deletion && { deletion: progressOf(deletion) }),
      };
      const marks = [
        deletion
          ? `deleting since ${deletion.since.toISOString()}: ${deletion.filesLeft} of ${deletion.filesAtStart} files left`
          : '',
        environment.isHome ? 'home' : '',
        view.openTokensUntil ? `open tokens until ${view.openTokensUntil}` : '',
      ];
      const line = [view.environment, `created ${view.createdAt}`, ...marks].filter(Boolean).join('  ');
      context.show(view, line);
    }
  });
}

/**
 * `environments show`: shows the settings in force, secrets masked.
 * @throws UsageError when there is no such environment
 */
export async function showEnvironment(name: string, context: CommandContext): Promise<void> {
  const tenant = parseTenantArgument(name);
  await withProjects(context, async (deps) => {
    const environment = await deps.environments.find(tenant);
    if (environment === undefined) throw noSuchEnvironment(name);
    show(environment, deps, context);
  });
}

/**
 * `environments set`: changes settings, from arguments such as `uploads.maxFileBytes=1000000` and from a JSON file.
 * @throws UsageError naming every setting that is wrong
 */
export async function setEnvironment(
  name: string,
  { settings, file }: { settings: readonly string[]; file: string | undefined },
  context: CommandContext,
): Promise<void> {
  const tenant = parseTenantArgument(name);
  const input = {
    ...(file !== undefined && (await readSettingsFile(file))),
    ...parseSettingArguments(settings),
  };
  if (Object.keys(input).length === 0) {
    throw new UsageError('Give settings to change, such as uploads.maxFileBytes=1000000, or --file FILE.');
  }
  await withProjects(context, async (deps) => {
    if ((await deps.environments.find(tenant)) === undefined) throw noSuchEnvironment(name);
    await changeEnvironment(deps, tenant, { input, by: 'operator' }).catch((error: unknown) => {
      throw reportAllIssues(error);
    });
    const changed = await deps.environments.find(tenant);
    if (changed === undefined) throw noSuchEnvironment(name);
    show(changed, deps, context);
  });
}

/** `environments delete`: begins the deletion of an environment with its files, keys and webhooks. */
export async function removeEnvironment(
  name: string,
  { yes }: { readonly yes?: true | undefined },
  context: CommandContext,
): Promise<void> {
  const tenant = parseTenantArgument(name);
  await withProjects(context, async (deps) => {
    await confirmDeletion(`the environment ${tenant}`, { yes });
    await deleteEnvironment(deps, tenant).catch((error: unknown) => {
      throw reportAllIssues(error);
    });
    const deletion = (await deps.deletions.list()).find((each) => each.tenant === tenant);
    context.show({ environment: tenant, ...(deletion && { deletion: progressOf(deletion) }) }, [
      `The deletion of ${tenant} has begun: ${deletion?.filesLeft ?? 0} files.`,
      '"bkend-storage environments list" says how far it is.',
    ]);
  });
}

function progressOf({ since, filesAtStart, filesLeft }: Deletion) {
  return { since: since.toISOString(), filesAtStart, filesLeft };
}

/**
 * Has a person confirm a deletion, unless `--yes` was given.
 * @throws UsageError without `--yes` where there is no terminal
 */
export async function confirmDeletion(
  what: string,
  { yes }: { readonly yes?: true | undefined },
): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw new UsageError(`--yes deletes ${what} without asking.`);
  if (await isConfirmed(`Delete ${what}, with all files and keys, for good?`)) return;
  throw new UsageError('Nothing was deleted.');
}

/** `environments close-tokens`: ends the tolerance for tokens as before the upgrade, in every environment. */
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

/** Runs a command with the dependencies of the verbs of projects. */
export async function withProjects(
  { config, log }: CommandContext,
  use: (deps: ProjectsDeps & { readonly deletions: DeletionRepository }) => Promise<void>,
): Promise<void> {
  await withDatabase(config, log, (database: Database) =>
    use({
      environments: createEnvironmentRepository(database),
      deletions: createDeletionRepository(database),
      service: { limits: config.limits, corsOrigins: config.api.corsOrigins },
      clock: () => new Date(),
      newId: randomUUID,
    }),
  );
}

/** The refusal of a command about an environment that does not exist. */
export function noSuchEnvironment(name: string): UsageError {
  return new UsageError(
    `There is no environment ${name}; "bkend-storage environments create ${name}" creates it.`,
  );
}

/** Shows an environment's settings in force, one a line; those of its own are marked. */
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
    ? [`Tokens as before the upgrade are taken until ${view.openTokensUntil}.`]
    : [];
  context.show(view, [`${view.environment}, created ${view.createdAt}`, ...lines, ...open]);
}
