import { isProjectName, projectRule } from '../identity/tenant.ts';
import type { CommandContext } from './command.ts';
import { withProjects } from './environments.ts';
import { UsageError } from './usage-error.ts';

/** `projects create`: makes a project without environments. Making it again changes nothing. */
export async function createProject(name: string, context: CommandContext): Promise<void> {
  if (!isProjectName(name))
    throw new UsageError(`${JSON.stringify(name)} cannot be a project: it ${projectRule}.`);
  await withProjects(context, async ({ environments, clock }) => {
    const made = await environments.createProject({ name, createdAt: clock() });
    context.show({ project: name, made }, made ? `Made ${name}.` : `${name} is there already.`);
  });
}

/** `projects list`: all projects, by name. */
export async function listProjects(context: CommandContext): Promise<void> {
  await withProjects(context, async ({ environments }) => {
    for (const { name, createdAt } of await environments.listProjects()) {
      context.show({ project: name, createdAt }, `${name}  created ${createdAt.toISOString()}`);
    }
  });
}
