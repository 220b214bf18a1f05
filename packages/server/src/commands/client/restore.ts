import { ReportedError } from '../command-errors.ts';
import type { Output } from '../output.ts';
import { findFile } from './find-file.ts';
import { restoreFolders } from './folders/restore-folders.ts';
import { openClient } from './open-client.ts';
import { pathOf } from './remote-path.ts';
import { reportFailure } from './report-failure.ts';

/** `restore`: restores files, with `recursive` folders, from the trash. */
export async function restore(
  idsOrKeys: readonly string[],
  { recursive = false }: { readonly recursive?: boolean },
  output: Output,
): Promise<void> {
  if (recursive) return restoreFolders(idsOrKeys, output);
  const storage = await openClient();
  let failed = 0;
  for (const idOrKey of idsOrKeys) {
    try {
      const { id } = await findFile(storage, idOrKey, {
        inTrash: true,
        ifTrashedFolder: 'give --recursive for folders',
      });
      const file = await storage.restore(id);
      output.show(file, `restored ${id}  ${pathOf(file)}`);
    } catch (error) {
      failed += 1;
      reportFailure(idOrKey, error, output);
    }
  }
  if (failed > 0) throw new ReportedError();
}
