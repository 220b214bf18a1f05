import { isProjectName, projectRule } from '../identity/tenant.ts';
import { deleteProject, renameProject } from '../projects/delete-environment.ts';
import type { CommandContext } from './command-context.ts';
import { UsageError } from './command-errors.ts';
import { confirmDeletion, withProjects } from './environments.ts';
import { reportAllIssues } from './setting-arguments.ts';

/** `projects create`: creates a project without environments. Again, it changes nothing. */
export async function createProject(name: string, context: CommandContext): Promise<void> {
  if (!isProjectName(name))
    throw new UsageError(`${JSON.stringify(name)} is not a valid project name: it ${projectRule}.`);
  await withProjects(context, async ({ environments, clock }) => {
    const created = await environments.createProject({ name, createdAt: clock() });
    context.show({ project: name, made: created }, created ? `Created ${name}.` : `${name} exists already.`);
  });
}

/** `projects list`: shows all projects, by name. */
export async function listProjects(context: CommandContext): Promise<void> {
  await withProjects(context, async ({ environments }) => {
    for (const { name, label, createdAt, deletingSince } of await environments.listProjects()) {
      const view = {
        project: name,
        ...(label && { label }),
        createdAt,
        ...(deletingSince && { deletingSince }),
      };
      const marks = [label ?? '', deletingSince ? `deleting since ${deletingSince.toISOString()}` : ''];
      context.show(view, [name, `created ${createdAt.toISOString()}`, ...marks].filter(Boolean).join('  '));
    }
  });
}

/** `projects rename`: changes the label; the name is for life. */
export async function labelProject(name: string, label: string, context: CommandContext): Promise<void> {
  await withProjects(context, async (deps) => {
    await renameProject(deps, name, label).catch((error: unknown) => {
      throw reportAllIssues(error);
    });
    context.show({ project: name, label }, `${name} is called ${label.trim()} now.`);
  });
}

/** `projects delete`: begins the deletion of a project with all its environments. */
export async function removeProject(
  name: string,
  { yes }: { readonly yes?: true | undefined },
  context: CommandContext,
): Promise<void> {
  await withProjects(context, async (deps) => {
    const environments = (await deps.environments.list())
      .map(({ tenant }) => tenant)
      .filter((tenant) => tenant.startsWith(`${name}/`));
    await confirmDeletion(`the project ${name} with ${environments.join(', ') || 'no environment'}`, { yes });
    await deleteProject(deps, name).catch((error: unknown) => {
      throw reportAllIssues(error);
    });
    context.show({ project: name, environments, deleting: true }, [
      `The deletion of ${name} has begun.`,
      '"bkend-storage environments list" says how far it is.',
    ]);
  });
}
