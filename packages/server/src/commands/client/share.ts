import { UsageError } from '../command-errors.ts';
import type { Output } from '../output.ts';
import { findFile } from './find-file.ts';
import { openClient } from './open-client.ts';
import { reportNote } from './report-failure.ts';

export interface ShareOptions {
  /** Shares also a file that is `public` now, which ends its public address. */
  readonly force?: boolean;
}

/** `share`: adds users who may read a file, and makes it `shared`, which it says. */
export async function share(
  reference: string,
  users: readonly string[],
  { force = false, output }: ShareOptions & { readonly output: Output },
): Promise<void> {
  const storage = await openClient();
  const { id, visibility } = await findFile(storage, reference);
  if (visibility === 'public' && !force) {
    throw new UsageError(
      'The file is public: everyone may read it already. Sharing makes it shared, readable by the named users alone, and its public address ends. --force does so.',
    );
  }
  const sharedWith = await storage.share(id, users);
  if (visibility !== 'shared') {
    await storage.update(id, { visibility: 'shared' });
    reportNote(id, `Its visibility was ${visibility}, and is shared now.`, output);
  }
  output.show({ id, sharedWith }, `${id} is shared with ${sharedWith.join(', ')}`);
}
