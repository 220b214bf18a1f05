import type { Output } from '../../output.ts';
import { requireStoredFolder } from '../folders/stored-folder.ts';
import { formatBytes, formatTable } from '../format.ts';
import { openClient } from '../open-client.ts';
import { folderOf } from '../remote-path.ts';

export interface DuOptions {
  /** Levels of folders to show; 0 is the folder itself. */
  readonly depth: number;
}

/** `du`: shows the files and bytes of a folder and of the folders in it, everything below each included. */
export async function du(folder: string | undefined, { depth }: DuOptions, output: Output): Promise<void> {
  const storage = await openClient();
  const root = folderOf(folder ?? '');
  const sums = new Map([[root, { files: 0, bytes: 0 }]]);
  for await (const file of storage.list({ folder: root, recursive: true })) {
    for (const each of foldersFrom(root, file.folder, depth)) {
      const { files, bytes } = sums.get(each) ?? { files: 0, bytes: 0 };
      sums.set(each, { files: files + 1, bytes: bytes + file.size });
    }
  }
  if (sums.get(root)?.files === 0) await requireStoredFolder(storage, root);
  const rows = [...sums].sort(([one], [other]) => (one < other ? -1 : 1));
  if (output.isJson) {
    for (const [path, sum] of rows) output.show({ folder: path, ...sum }, '');
    return;
  }
  const table = rows.map(([path, { files, bytes }]) => [formatBytes(bytes).padStart(8), files, path || '/']);
  output.show({}, formatTable(table));
}

/** The folder at the root and those on the way to another, at most `depth` below it. */
function foldersFrom(root: string, folder: string, depth: number): string[] {
  const rest = root === '' ? folder : folder.slice(root.length + 1);
  const names = rest === '' ? [] : rest.split('/').slice(0, depth);
  const paths = names.map((_, index) => [root, ...names.slice(0, index + 1)].filter(Boolean).join('/'));
  return [root, ...paths];
}
