import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Whether a program is on the PATH; a name with a slash is a path. */
export async function isOnPath(command: string): Promise<boolean> {
  const directories = command.includes('/') ? [''] : (process.env.PATH ?? '').split(delimiter);
  const found = await Promise.allSettled(
    directories.map((directory) => access(join(directory, command), constants.X_OK)),
  );
  return found.some(({ status }) => status === 'fulfilled');
}
