import type { Output } from '../output.ts';
import { UsageError } from '../usage-error.ts';
import { complain, formatBytes, PartlyFailedError } from './output.ts';
import { findLocalFiles, type LocalFiles } from './put/local-files.ts';
import { createNameFilter } from './put/name-filter.ts';
import { type UploadFilesOptions, uploadFiles } from './put/upload-files.ts';

export interface PutOptions extends UploadFilesOptions {
  readonly recursive?: boolean;
  /** Looks into folders behind links, too. */
  readonly followLinks?: boolean;
  /** Patterns as in a `.gitignore`. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly dryRun?: boolean;
}

/**
 * `put`: uploads files, pipes and standard input; a large file that was interrupted goes on where it stopped. Each entry that
 * cannot be uploaded is told with its reason, and the others go on.
 */
export async function put(paths: readonly string[], options: PutOptions, output: Output): Promise<void> {
  const { files, leftOut } = await find(paths, options);
  for (const { path, reason } of leftOut) complain(path, new Error(reason), output);
  if (options.dryRun) {
    for (const { path, sizeBytes } of files) {
      const size = sizeBytes === undefined ? 'size unknown' : formatBytes(sizeBytes);
      output.show({ path, size: sizeBytes }, `would upload ${path}  ${size}`);
    }
  }
  const failed = options.dryRun ? 0 : await uploadFiles(files, options, output);
  if (failed + leftOut.length > 0) throw new PartlyFailedError();
}

/** @throws UsageError where nothing that was named can be uploaded, and naming it otherwise would help */
async function find(paths: readonly string[], options: PutOptions): Promise<LocalFiles> {
  const { recursive = false, followLinks = false, include = [], exclude = [], name } = options;
  const filter = createNameFilter(include, exclude);
  const found = await findLocalFiles(paths, { recursive, followLinks, filter });
  const { files, leftOut } = found;
  if (files.length === 0 && leftOut.length > 0 && leftOut.every(({ isMisnamed }) => isMisnamed)) {
    throw new UsageError(...leftOut.map(({ path, reason }) => `${path}: ${reason}`));
  }
  if (files.filter(({ path }) => path === '-').length > 1) {
    throw new UsageError('Standard input can be read once only.');
  }
  if (name !== undefined && files.length + leftOut.length > 1) {
    throw new UsageError('--name is for one file.');
  }
  return found;
}
