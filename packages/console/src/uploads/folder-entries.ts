/** A file to upload, and the folder that it lies in: that of the list, and below it those of a dropped folder. */
export interface UploadItem {
  readonly file: File;
  /** Empty for the root. */
  readonly folder: string;
}

/**
 * Reads what was dropped: files, and whole folders with the folders in them.
 * @param base folder of the list
 */
export async function readDrop(transfer: DataTransfer, base: string): Promise<UploadItem[]> {
  // Read before the first await: the list of a drop is emptied after its event.
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry());
  const files = Array.from(transfer.files);
  if (entries.every((entry) => entry === null)) return files.map((file) => ({ file, folder: base }));
  const found: UploadItem[] = [];
  for (const entry of entries) if (entry !== null) await readEntry(entry, base, found);
  return found;
}

/** Reads the files of a file chooser; those of a chosen folder keep their path. */
export function readChosen(files: Iterable<File>, base: string): UploadItem[] {
  return Array.from(files, (file) => ({
    file,
    folder: joinFolders(base, ...file.webkitRelativePath.split('/').slice(0, -1)),
  }));
}

async function readEntry(entry: FileSystemEntry, folder: string, found: UploadItem[]): Promise<void> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    found.push({ file, folder });
    return;
  }
  if (!isDirectory(entry)) return;
  const reader = entry.createReader();
  const inside = joinFolders(folder, entry.name);
  for (;;) {
    // Chromium returns at most 100 entries at a time, and none at the end.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) return;
    for (const each of entries) await readEntry(each, inside, found);
  }
}

function joinFolders(...names: readonly string[]): string {
  return names.filter((name) => name !== '').join('/');
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
