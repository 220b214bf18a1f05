import type { FileFilter, Storage, StoredFile } from '@bkend/storage';

export interface StoredContent {
  readonly id: string;
  /** Folder and name. */
  readonly path: string;
  readonly content: string;
  readonly file: StoredFile;
}

/** The files in a folder and below it, with their contents, by path. */
export async function storedFiles(
  storage: Storage,
  folder: string,
  filter: FileFilter = {},
): Promise<StoredContent[]> {
  const found: StoredContent[] = [];
  for await (const file of storage.list({ folder, recursive: true, ...filter })) {
    const content = await (await storage.download(file.id)).text();
    found.push({ id: file.id, path: pathOf(file), content, file });
  }
  return found.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** The paths of the files in a folder and below it. */
export async function storedPaths(storage: Storage, folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const file of storage.list({ folder, recursive: true })) paths.push(pathOf(file));
  return paths.sort();
}

const pathOf = ({ folder, originalName }: StoredFile) => [folder, originalName].filter(Boolean).join('/');
