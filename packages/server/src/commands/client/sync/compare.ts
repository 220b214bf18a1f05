/** A file below the synced folder of this machine. */
export interface LocalEntry {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
  /** In hex; those that a comparison has needed. */
  readonly hashes?: Hashes;
}

/** A stored file below the synced folder of the service. */
export interface RemoteEntry {
  readonly id: string;
  /** Relative to the folder: the file's own folder and name. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly ownerId: string | undefined;
  /** ISO 8601. */
  readonly createdAt: string;
  /** In hex; undefined unless it is recorded for the present contents. */
  readonly sha256: string | undefined;
  /** Modification time of the contents where they came from, in milliseconds since 1970; undefined unless it is recorded. */
  readonly modifiedMs: number | undefined;
  /** Whether a sync has uploaded or recorded these contents. */
  readonly isSynced: boolean;
}

export type HashAlgorithm = 'sha256' | 'md5';

export type Hashes = Readonly<Partial<Record<HashAlgorithm, string>>>;

/** `sha256` and `md5`: the local file's hash is needed first. */
export type Comparison = 'same' | 'different' | HashAlgorithm;

/**
 * Compares the contents of two files: by size; then by modification time, unless `isChecksum`; then by the recorded SHA-256, or
 * the ETag where it is an MD5. Contents without either are compared by time alone.
 */
export function compare(local: LocalEntry, remote: RemoteEntry, isChecksum: boolean): Comparison {
  if (local.sizeBytes !== remote.sizeBytes) return 'different';
  const isDated = local.modifiedMs === remote.modifiedMs;
  if (isDated && !isChecksum) return 'same';
  const [algorithm, expected] = hashOf(remote);
  if (expected === undefined) return isDated ? 'same' : 'different';
  const found = local.hashes?.[algorithm];
  if (found === undefined) return algorithm;
  return found === expected ? 'same' : 'different';
}

function hashOf({ sha256, etag }: RemoteEntry): [HashAlgorithm, string | undefined] {
  if (sha256 !== undefined) return ['sha256', sha256];
  return ['md5', /^[0-9a-f]{32}$/i.test(etag) ? etag.toLowerCase() : undefined];
}

/** Whether two stored files have the same bytes, as far as their records say. */
export function haveSameBytes(one: RemoteEntry, other: RemoteEntry): boolean {
  const isEqual = one.sha256 === undefined ? one.etag === other.etag : one.sha256 === other.sha256;
  return one.sizeBytes === other.sizeBytes && isEqual;
}

/** Stored files by path, the newest of each path first. */
export function byPath<Entry extends RemoteEntry>(remote: readonly Entry[]): Map<string, Entry[]> {
  const paths = new Map<string, Entry[]>();
  for (const entry of remote) {
    const found = paths.get(entry.path);
    if (found) found.push(entry);
    else paths.set(entry.path, [entry]);
  }
  for (const entries of paths.values()) entries.sort(newestFirst);
  return paths;
}

function newestFirst(one: RemoteEntry, other: RemoteEntry): number {
  const [first, second] = [one, other].map(({ createdAt, id }) => `${createdAt} ${id}`) as [string, string];
  return first < second ? 1 : -1;
}
