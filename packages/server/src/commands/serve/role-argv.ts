import { isRoleName, type RoleName } from '../../config/role-table.ts';

/** The arguments of a role's process, which only the supervisor gives: no parser has to be loaded for them. */
export function roleArgv(name: RoleName): string[] {
  return ['serve', '--only', name, '--supervised'];
}

/** The role of {@link roleArgv}; undefined for any other arguments. */
export function parseRoleArgv(argv: readonly string[]): RoleName | undefined {
  const [command, option, name = '', mark] = argv;
  const isSupervised = command === 'serve' && option === '--only' && mark === '--supervised';
  return isSupervised && isRoleName(name) ? name : undefined;
}
