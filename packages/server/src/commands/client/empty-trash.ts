import { UsageError } from '../command-errors.ts';
import type { Output } from '../output.ts';
import { formatBytes } from './format.ts';
import { openClient } from './open-client.ts';
import { isConfirmed } from './prompt.ts';

interface EmptyTrashOptions {
  readonly tenant?: boolean;
  readonly yes?: boolean;
}

/** `trash empty`: deletes for good what is in the user's trash, or with `tenant` in that of all owners, after asking. */
export async function emptyTrash({ tenant, yes }: EmptyTrashOptions, { show }: Output): Promise<void> {
  if (!yes && !process.stdin.isTTY) {
    throw new UsageError('trash empty asks before it deletes: give --yes where there is no terminal.');
  }
  const storage = await openClient();
  const scope = tenant ? 'tenant' : undefined;
  if (!yes) {
    const { files, bytes } = (await storage.usage(scope)).trash;
    const what = `${filesOf(files)}, ${formatBytes(bytes)},`;
    if (files === 0 || !(await isConfirmed(`Delete ${what} in the trash for good?`))) return;
  }
  const outcome = await storage.emptyTrash(scope);
  const more = outcome.remaining === 0 ? '' : `; ${outcome.remaining} more are being deleted`;
  show(outcome, `deleted ${filesOf(outcome.done)}${more}`);
}

function filesOf(count: number): string {
  return count === 1 ? '1 file' : `${count} files`;
}
