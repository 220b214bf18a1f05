import { exportFiles } from '../moving/export-files.ts';
import { openMoving } from '../roles/open-moving.ts';
import { makeFolder } from './client/get/make-folder.ts';
import type { CommandContext } from './command-context.ts';
import { ReportedError, UsageError } from './command-errors.ts';
import { printable } from './output.ts';
import { requireTenant } from './tenant-argument.ts';

/**
 * `export`: writes the files of an environment into a folder that `import` reads, and shows how many.
 * @throws UsageError, ReportedError when some could not be read
 */
export async function runExport(
  directory: string,
  { project, env }: { readonly project: string; readonly env: string },
  { config, log, show }: CommandContext,
): Promise<void> {
  const tenant = requireTenant(project, env);
  await using moving = await openMoving(config, log);
  if ((await moving.findSettings(tenant)) === undefined) {
    throw new UsageError(`There is no environment ${tenant}; "bkend-storage environments list" shows all.`);
  }
  await makeFolder(directory, 0o700);
  const counts = await exportFiles(moving, directory, {
    tenant,
    onFailure: ({ id, originalName }, error) => {
      const why = error instanceof Error ? error.message : String(error);
      process.stderr.write(`${printable(`not exported: ${id} ${originalName}: ${why}`)}\n`);
    },
  });
  const { exported, bytes, present, failed } = counts;
  show(counts, `exported ${exported} (${bytes} bytes), present ${present}, failed ${failed}`);
  if (failed > 0) throw new ReportedError(`${failed} files were not exported.`);
}
