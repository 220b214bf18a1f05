import { ReportedError, UsageError } from '../../command-errors.ts';
import type { Output } from '../../output.ts';
import { formatBytes } from '../format.ts';
import { findLocalFiles, type LocalFiles } from '../local-files/find-local-files.ts';
import { createNameFilter } from '../local-files/name-filter.ts';
import { reportFailure } from '../report-failure.ts';
import { type UploadFilesOptions, uploadFiles } from './upload-files.ts';

export interface PutOptions extends UploadFilesOptions {
  readonly recursive?: boolean;
  /** Also reads folders behind links. */
  readonly followLinks?: boolean;
  /** Patterns as in a `.gitignore`. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly dryRun?: boolean;
}

/**
 * `put`: uploads files, pipes and standard input; a large file that was interrupted is resumed. An entry that cannot be uploaded
 * is reported with its reason, and the others go on.
 */
export async function put(paths: readonly string[], options: PutOptions, output: Output): Promise<void> {
  const { files, skipped } = await find(paths, options);
  for (const { path, reason } of skipped) reportFailure(path, new Error(reason), output);
  if (options.dryRun) {
    for (const { path, sizeBytes } of files) {
      const size = sizeBytes === undefined ? 'size unknown' : formatBytes(sizeBytes);
      output.show({ path, size: sizeBytes }, `would upload ${path}  ${size}`);
    }
  }
  const failed = options.dryRun ? 0 : await uploadFiles(files, options, output);
  if (failed + skipped.length > 0) throw new ReportedError();
}

/** @throws UsageError where no argument names something that can be uploaded */
async function find(paths: readonly string[], options: PutOptions): Promise<LocalFiles> {
  const { recursive = false, followLinks = false, include = [], exclude = [], name } = options;
  const filter = createNameFilter(include, exclude);
  const found = await findLocalFiles(paths, { recursive, followLinks, filter });
  const { files, skipped } = found;
  if (files.length === 0 && skipped.length > 0 && skipped.every(({ isMisnamed }) => isMisnamed)) {
    throw new UsageError(...skipped.map(({ path, reason }) => `${path}: ${reason}`));
  }
  if (files.filter(({ path }) => path === '-').length > 1) {
    throw new UsageError('Standard input can be read once only.');
  }
  if (name !== undefined && files.length + skipped.length > 1) {
    throw new UsageError('--name is for one file only.');
  }
  return found;
}
