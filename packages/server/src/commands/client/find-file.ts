import { type CallOptions, type Storage, StorageError, type StoredFile } from '@bkend/storage';
import { type FolderScope, hasFolder } from './folders/stored-folder.ts';
import { folderOf, splitPath } from './remote-path.ts';

const uuidPattern = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const keyIdPattern = /\/(([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})[^/]*$/i;
const uploadLifeMs = 24 * 60 * 60 * 1000;

/** More files than these are not listed, but counted. */
const maxListed = 5;

interface FindOptions extends CallOptions {
  /** Also looks in the trash, first. */
  readonly inTrash?: boolean;
  /** The end of the message where a folder is named: the way to give it. Default: how to see its files. */
  readonly ifFolder?: string;
  /** The same for a folder that has files in the trash. */
  readonly ifTrashedFolder?: string;
}

/**
 * Finds a file by its id, its key, or its folder and name: `trips/2026/beach.jpg`. A name that looks like an id or a key is
 * given as `bkend:NAME`.
 * @throws `file/not-found`, `file/access-denied`, {@link AmbiguousNameError}
 */
export async function findFile(
  storage: Storage,
  reference: string,
  { inTrash = false, ifFolder, ifTrashedFolder, ...options }: FindOptions = {},
): Promise<StoredFile> {
  if (uuidPattern.test(reference)) return storage.get(reference, options);
  const keyId = keyIdPattern.exec(reference);
  for (const filter of inTrash ? [{ trash: true, ...options }, options] : [options]) {
    const found =
      (keyId && (await findByKey(storage, reference, keyId, filter))) ??
      (await findByPath(storage, reference, filter));
    if (found) return found;
  }
  const folder = folderOf(reference);
  const refuse = (way: string) => new StorageError('file/not-found', `This is a folder, not a file: ${way}.`);
  if (ifTrashedFolder && (await isFolder(storage, folder, { trash: true }))) throw refuse(ifTrashedFolder);
  if (await isFolder(storage, folder)) throw refuse(ifFolder ?? `ls ${folder || '/'} shows its files`);
  throw new StorageError(
    'file/not-found',
    'There is no such file: give its id, its key, or its folder and name.',
  );
}

async function isFolder(storage: Storage, path: string, scope: FolderScope = {}): Promise<boolean> {
  try {
    return path === '' || (await hasFolder(storage, path, scope));
  } catch (error) {
    if (error instanceof StorageError && error.code === 'file/invalid-folder') return false;
    throw error;
  }
}

type ListScope = Parameters<Storage['list']>[0];

/** Several files have this folder and name. */
class AmbiguousNameError extends Error {
  override readonly name = 'AmbiguousNameError';

  constructor(files: readonly StoredFile[]) {
    const listed = files.slice(0, maxListed).map(({ id, createdAt, ownerId }) => {
      const owner = ownerId === undefined ? '' : ` of ${ownerId}`;
      return `${id} (${createdAt}${owner})`;
    });
    const more = files.length > maxListed ? `, and ${files.length - maxListed} more` : '';
    super(`${files.length} files have this name: give the id of one, ${listed.join(', ')}${more}.`);
  }
}

/**
 * A key has the id of its file, unless the first version registered it. Of those it has the time of the presign (UUIDv7, RFC 9562
 * section 5.7), and uploads expire after a day: it lists that day.
 */
async function findByKey(
  storage: Storage,
  key: string,
  [, id = '', seconds = '', milliseconds = '']: RegExpExecArray,
  scope: NonNullable<ListScope>,
): Promise<StoredFile | undefined> {
  const named = await storage.get(id, scope.signal && { signal: scope.signal }).catch(ignoreRefusal);
  const isInScope = (named?.deletedAt !== undefined) === (scope.trash === true);
  if (named?.key === key && isInScope) return named;
  const at = Number.parseInt(seconds + milliseconds, 16);
  const day = {
    createdAfter: new Date(at - 1).toISOString(),
    createdBefore: new Date(at + uploadLifeMs).toISOString(),
    sortDirection: 'asc',
    ...scope,
  } as const;
  for await (const file of storage.list(day)) if (file.key === key) return file;
  return undefined;
}

function ignoreRefusal(error: unknown): undefined {
  if (!(error instanceof StorageError) || (error.status !== 403 && error.status !== 404)) throw error;
}

async function findByPath(
  storage: Storage,
  reference: string,
  scope: ListScope,
): Promise<StoredFile | undefined> {
  const { folder, name } = splitPath(reference);
  const found: StoredFile[] = [];
  if (name !== '') {
    for await (const file of storage.list({ folder, search: name, ...scope })) {
      if (file.originalName === name) found.push(file);
    }
  }
  if (found.length > 1) throw new AmbiguousNameError(found);
  return found[0];
}
