import type { LocalFile, LocalFiles } from '../local-files/find-local-files.ts';
import { folderOf } from '../remote-path.ts';

/** A file to upload, and the folder of the service that it goes to. */
export interface PlannedUpload extends LocalFile {
  /** `''` for the root. */
  readonly folder: string;
  /** The name that it gets. */
  readonly filename: string;
}

/**
 * Plans where files go: those of a local folder keep their folders below one of its own name, in the folder of `--folder`. One local
 * folder with `--folder` becomes that folder itself. `get --recursive` does the same the other way round.
 */
export function planUploads(
  { files, folders }: LocalFiles,
  options: { readonly folder?: string; readonly name?: string },
): PlannedUpload[] {
  const target = folderOf(options.folder ?? '');
  const isTargetItself = folders === 1 && options.folder !== undefined;
  return files.map((file) => {
    const names = file.name.split('/');
    const own = isTargetItself ? undefined : file.root;
    return {
      ...file,
      folder: [target, own, ...names.slice(0, -1)].filter(Boolean).join('/'),
      filename: options.name ?? names.at(-1) ?? '',
    };
  });
}
