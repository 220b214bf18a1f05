import type { OperatorRole } from '../identity/operators/operator.ts';
import type { ListedSession, OperatorRepository } from '../identity/operators/ports.ts';
import { inviteOperator, removeOperator, resetOperator } from '../identity/operators/set-up-operator.ts';
import { isProjectName } from '../identity/tenant.ts';
import { createOperatorRepository } from '../postgres/operators/operator-repository.ts';
import { createSessionRepository } from '../postgres/operators/session-repository.ts';
import { setupUrl } from '../roles/setup-url.ts';
import { withDatabase } from '../roles/with-database.ts';
import type { CommandContext } from './command-context.ts';
import { UsageError } from './command-errors.ts';

export interface InviteOptions {
  readonly role: OperatorRole;
  readonly project?: readonly string[];
}

const clock = () => new Date();
const usage = 'Good once, within 24 hours. Who has the link has the rights: send it by a private way.';

/** `console invite`: prints a link by which someone becomes an operator. */
export async function invite({ role, project = [] }: InviteOptions, { config, log, show }: CommandContext) {
  if (role === 'owner' && project.length > 0)
    throw new UsageError('An owner has all projects: leave --project out.');
  if (role !== 'owner' && project.length === 0) throw new UsageError(`--role ${role} needs --project.`);
  const wrong = project.find((name) => !isProjectName(name));
  if (wrong !== undefined) throw new UsageError(`${wrong} is not the name of a project.`);
  await withDatabase(config, log, async (database) => {
    const operators = createOperatorRepository(database);
    const url = setupUrl(config, await inviteOperator({ operators, clock }, { role, projects: project }));
    show({ url, role, projects: project }, [url, usage]);
  });
}

/**
 * `console reset`: ends the password and all sessions of an operator, and prints a link that sets a new password.
 * @throws UsageError when there is no such operator
 */
export async function reset(name: string, { config, log, show }: CommandContext) {
  await withDatabase(config, log, async (database) => {
    const operators = createOperatorRepository(database);
    const code = await resetOperator({ operators, clock }, name);
    if (code === undefined) throw await unknownOperator(operators, name);
    const url = setupUrl(config, code);
    show({ url, name }, [
      url,
      `Sets a new password of ${name}. The one of before and all sessions have ended. ${usage}`,
    ]);
  });
}

/**
 * `console remove`: removes an operator, whose sessions and links end.
 * @throws UsageError when there is no such operator, and for the last owner
 */
export async function remove(name: string, { config, log, show }: CommandContext) {
  await withDatabase(config, log, async (database) => {
    const operators = createOperatorRepository(database);
    const removed = await removeOperator({ operators }, name);
    if (removed === undefined) throw await unknownOperator(operators, name);
    if (removed === 'last-owner')
      throw new UsageError(
        `${name} is the last owner. Invite another first: bkend-storage console invite --role owner`,
      );
    show({ name: removed.name, role: removed.role }, `Removed ${removed.name}; all sessions have ended.`);
  });
}

/**
 * `console sessions`: shows who is signed in, or ends the sessions of an operator.
 * @throws UsageError when there is no such operator
 */
export async function sessions({ end }: { readonly end?: string }, { config, log, show }: CommandContext) {
  await withDatabase(config, log, async (database) => {
    const repository = createSessionRepository(database);
    if (end === undefined) {
      for (const session of await repository.list(clock())) show(session, describe(session));
      return;
    }
    const operators = createOperatorRepository(database);
    const found = await operators.findByName(end);
    if (found === undefined) throw await unknownOperator(operators, end);
    const ended = await repository.deleteOf(found.operator.id);
    show({ name: found.operator.name, ended }, `Ended ${ended} sessions of ${found.operator.name}.`);
  });
}

async function unknownOperator(operators: OperatorRepository, name: string): Promise<UsageError> {
  const names = (await operators.list()).map((operator) => operator.name);
  const known = names.length === 0 ? 'There are none yet.' : `There are: ${names.join(', ')}.`;
  return new UsageError(`There is no operator ${name}. ${known}`);
}

function describe({ operatorName, lastSeenAt, createdAt, address, browser }: ListedSession): string {
  return [
    operatorName,
    `last seen ${lastSeenAt.toISOString()}`,
    `since ${createdAt.toISOString()}`,
    address,
    browser,
  ].join('  ');
}
