import { isProjectName, projectRule } from '../identity/tenant.ts';
import type { CommandContext } from './command-context.ts';
import { UsageError } from './command-errors.ts';
import { withProjects } from './environments.ts';

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
    for (const { name, createdAt } of await environments.listProjects()) {
      context.show({ project: name, createdAt }, `${name}  created ${createdAt.toISOString()}`);
    }
  });
}
