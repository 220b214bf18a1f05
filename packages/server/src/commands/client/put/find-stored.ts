import { type Storage, StorageError, type StoredFile } from '@bkend/storage';
import { hashFiles } from '../local-files/hash-files.ts';
import { pathOf } from '../remote-path.ts';
import { compare, type HashAlgorithm } from '../sync/compare.ts';
import { toRemoteEntry } from '../sync/remote-tree.ts';
import { whyNotStorable } from '../sync/sync-arguments.ts';
import type { PlannedUpload } from './plan-uploads.ts';
import type { FileDescriptionOptions } from './upload-files.ts';

/** At most 5 files of one folder are searched by their names; of more, the list of the folder is read. */
const maxSearches = 5;

export interface StoredSearch {
  readonly storage: Storage;
  readonly options: FileDescriptionOptions;
  readonly signal: AbortSignal;
  /** The key may not list files: what is stored is not known. */
  readonly onUnlisted: () => void;
}

/**
 * Finds which of the files are stored already: the caller's own of the same folder, name, size and hash, with the visibility, category
 * and tags that the options ask for. Sources without a size of their own never are.
 * @returns the stored file of each
 */
export async function findStored(
  planned: readonly PlannedUpload[],
  { storage, options, signal, onUnlisted }: StoredSearch,
): Promise<Map<PlannedUpload, StoredFile>> {
  const wanted = new Map<string, PlannedUpload[]>();
  for (const file of planned) {
    const path = storedPathOf(file);
    const isStorable = whyNotStorable(file.folder, file.filename) === undefined;
    if (file.stats !== undefined && isStorable) wanted.set(path, [...(wanted.get(path) ?? []), file]);
  }
  const candidates = new Map<PlannedUpload, StoredFile[]>();
  try {
    for (const filter of filtersFor([...wanted.values()].flat())) {
      for await (const stored of storage.list({ ...filter, mine: true, signal })) {
        if (!isDescribed(stored, options)) continue;
        for (const file of wanted.get(pathOf(stored)) ?? []) {
          candidates.set(file, [...(candidates.get(file) ?? []), stored]);
        }
      }
    }
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'auth/scope-insufficient') throw error;
    onUnlisted();
    return new Map();
  }
  return withSameContents(candidates);
}

const storedPathOf = ({ folder, filename }: PlannedUpload) => pathOf({ folder, originalName: filename });

interface ListFilter {
  readonly folder: string;
  readonly recursive?: boolean;
  readonly search?: string;
}

/** The lists that have the files: of the root without what is below it, and of each folder in it as deep as all its files lie. */
function filtersFor(files: readonly PlannedUpload[]): ListFilter[] {
  const groups = new Map<string, PlannedUpload[]>();
  for (const file of files) {
    const [top = ''] = file.folder.split('/');
    groups.set(top, [...(groups.get(top) ?? []), file]);
  }
  return [...groups.values()].flatMap((group): ListFilter[] => {
    const folder = commonFolder(group.map((file) => file.folder));
    if (group.length <= maxSearches && group.every((file) => file.folder === folder)) {
      return group.map(({ filename }) => ({ folder, search: filename }));
    }
    return [{ folder, recursive: folder !== '' }];
  });
}

/** The deepest folder that holds all of these. */
function commonFolder([first = '', ...others]: readonly string[]): string {
  let common = first.split('/');
  for (const folder of others) {
    const names = folder.split('/');
    const end = common.findIndex((name, index) => names[index] !== name);
    if (end >= 0) common = common.slice(0, end);
  }
  return common.join('/');
}

/** Whether a stored file has what the options ask for; what they do not name is as it is. */
function isDescribed(file: StoredFile, { visibility, category, tag }: FileDescriptionOptions): boolean {
  const tags = file.metadata.tags ?? [];
  return (
    (visibility === undefined || file.visibility === visibility) &&
    (category === undefined || file.category === category) &&
    (tag === undefined || (tags.length === new Set(tag).size && tag.every((each) => tags.includes(each))))
  );
}

async function withSameContents(
  candidates: ReadonlyMap<PlannedUpload, readonly StoredFile[]>,
): Promise<Map<PlannedUpload, StoredFile>> {
  const entries = [...candidates].flatMap(([file, stored]) => {
    const { path: diskPath, stats } = file;
    const remote = stored.map((each) => toRemoteEntry(each, diskPath));
    return stats === undefined ? [] : [{ file, remote, path: diskPath, diskPath, ...stats }];
  });
  const needed = new Map<string, Set<HashAlgorithm>>();
  for (const entry of entries) {
    for (const remote of entry.remote) {
      const comparison = compare(entry, remote, true);
      if (comparison === 'same' || comparison === 'different') continue;
      needed.set(entry.path, (needed.get(entry.path) ?? new Set()).add(comparison));
    }
  }
  // A file that cannot be read is reported by its upload.
  const hashed = await hashFiles(entries, needed, () => {});
  const found = new Map<PlannedUpload, StoredFile>();
  for (const entry of hashed) {
    const same = entry.remote.find((remote) => compare(entry, remote, true) === 'same');
    if (same) found.set(entry.file, same.file);
  }
  return found;
}
