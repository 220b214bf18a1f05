import { ReportedError } from '../command-errors.ts';
import type { Output } from '../output.ts';
import { findFile } from './find-file.ts';
import { openClient } from './open-client.ts';
import { pathOf } from './remote-path.ts';
import { reportFailure } from './report-failure.ts';

/** `restore`: restores files from the trash. */
export async function restore(idsOrKeys: readonly string[], output: Output): Promise<void> {
  const storage = await openClient();
  let failed = 0;
  for (const idOrKey of idsOrKeys) {
    try {
      const { id } = await findFile(storage, idOrKey, {
        inTrash: true,
        ifFolder: 'give its files, as ls --trash shows them',
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
