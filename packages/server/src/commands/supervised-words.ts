import { isRoleName, type RoleName } from '../config/role-name.ts';

/** What the supervisor calls the program with for the process of a role. Nobody types it, so no parser is needed for it. */
export function supervisedWords(name: RoleName): string[] {
  return ['serve', '--only', name, '--supervised'];
}

/** The role that these words are for; undefined when a person has written them. */
export function readSupervisedWords(words: readonly string[]): RoleName | undefined {
  const [command, option, name = '', mark] = words;
  const isSupervised = command === 'serve' && option === '--only' && mark === '--supervised';
  return isSupervised && isRoleName(name) ? name : undefined;
}
