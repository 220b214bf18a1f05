import type { Output } from '../output.ts';
import { UsageError } from '../usage-error.ts';
import { findFile, openClient } from './open-client.ts';
import { complain, PartlyFailedError } from './output.ts';
import { prompt } from './prompt.ts';

/** `rm`: deletes files, after asking. */
export async function rm(
  idsOrKeys: readonly string[],
  { yes = false }: { readonly yes?: boolean },
  output: Output,
): Promise<void> {
  if (!yes && !(await isConfirmed(`Delete ${idsOrKeys.length} file(s)?`))) return;
  const storage = await openClient();
  let failed = 0;
  for (const idOrKey of idsOrKeys) {
    try {
      const { id } = idOrKey.includes('/') ? await findFile(storage, idOrKey) : { id: idOrKey };
      await storage.delete(id);
      output.show({ id, deleted: true }, `deleted ${id}`);
    } catch (error) {
      failed += 1;
      complain(idOrKey, error, output);
    }
  }
  if (failed > 0) throw new PartlyFailedError();
}

async function isConfirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('rm asks first; where nobody can answer, say --yes.');
  return /^y(es)?$/i.test(await prompt(`${question} [y/N] `));
}
