import type { StoredFile } from '@bkend/storage';
import type { Output } from '../output.ts';
import { printable } from '../printable.ts';
import { UsageError } from '../usage-error.ts';
import { findFile, openClient } from './open-client.ts';
import { complain, formatBytes, PartlyFailedError } from './output.ts';
import { prompt } from './prompt.ts';

/** `rm`: deletes files, after showing their names and asking. */
export async function rm(
  idsOrKeys: readonly string[],
  { yes = false }: { readonly yes?: boolean },
  output: Output,
): Promise<void> {
  if (!yes && !process.stdin.isTTY) {
    throw new UsageError('rm asks first; where nobody can answer, say --yes.');
  }
  const storage = await openClient();
  let failed = 0;
  const trying = async (about: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      failed += 1;
      complain(about, error, output);
    }
  };
  const files = new Map<string, StoredFile>();
  for (const idOrKey of idsOrKeys) {
    await trying(idOrKey, async () => {
      const file = await findFile(storage, idOrKey);
      files.set(file.id, file);
    });
  }
  if (!yes && (files.size === 0 || !(await isConfirmed([...files.values()])))) {
    if (failed > 0) throw new PartlyFailedError();
    return;
  }
  for (const { id, originalName } of files.values()) {
    await trying(id, async () => {
      await storage.delete(id);
      output.show({ id, originalName, deleted: true }, `deleted ${id}  ${originalName}`);
    });
  }
  if (failed > 0) throw new PartlyFailedError();
}

async function isConfirmed(files: readonly StoredFile[]): Promise<boolean> {
  for (const { id, originalName, size } of files) {
    process.stderr.write(`${printable(`${id}  ${originalName}  ${formatBytes(size)}`)}\n`);
  }
  const what = files.length === 1 ? 'this file' : `these ${files.length} files`;
  return /^y(es)?$/i.test(await prompt(`Delete ${what}? [y/N] `));
}
