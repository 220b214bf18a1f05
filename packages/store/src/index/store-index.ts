import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { GroupCommit } from './group-commit.ts';
import { idKey, nameOfObject, objectKey } from './keys.ts';
import { ReadCache } from './read-cache.ts';
import type {
  AccessKeyRecord,
  BlobRecord,
  BucketRecord,
  Manifest,
  ObjectRecord,
  PartRecord,
  UploadRecord,
} from './records.ts';
import { locationOf } from './records.ts';
import type { RangeBounds, Table, TableEntry } from './table.ts';
import type { Overlay, Transaction } from './transaction.ts';

/** Every table; keys are made in keys.ts. */
export interface Tables {
  readonly buckets: Table<BucketRecord>;
  readonly objects: Table<ObjectRecord>;
  readonly uploads: Table<UploadRecord>;
  readonly parts: Table<PartRecord>;
  readonly manifests: Table<Manifest>;
  readonly blobs: Table<BlobRecord>;
  /** Blobs without a reference that are still on disk. */
  readonly pendingDeletes: Table<true>;
  readonly accessKeys: Table<AccessKeyRecord>;
  /** Content of at most 64 KiB. */
  readonly inline: Table<Buffer>;
}

/** Names of the tables in LMDB. Some differ from those in the code: an index of an older version must open. */
const tableNames = {
  buckets: 'buckets',
  objects: 'objects',
  uploads: 'uploads',
  parts: 'parts',
  manifests: 'manifests',
  blobs: 'blobs',
  pendingDeletes: 'doomed',
  accessKeys: 'accessKeys',
  inline: 'inline',
} as const satisfies Record<keyof Tables, string>;

/** An object as operations read it. */
export interface StoredObject {
  readonly record: ObjectRecord;
  /** All bytes of one that is small enough to be kept in the index. */
  readonly bytes: Buffer | undefined;
}

/** How much memory objects may take that were read lately. */
const maxCachedBytes = 16 * 1024 * 1024;

/** About what an object takes in memory beside what is written in its record and its bytes. */
const overheadBytes = 1024;

interface OpenTables {
  readonly databases: readonly Database<unknown, Buffer>[];
  readonly tables: Tables;
  readonly writeDurably: (changes: Overlay) => Promise<void>;
}

/** The index: an LMDB environment, and the one way to change it. */
export class StoreIndex {
  /** The directory it is in. */
  readonly path: string;
  readonly tables: Tables;
  readonly #environment: RootDatabase;
  readonly #databases: readonly Database<unknown, Buffer>[];
  readonly #commits: GroupCommit;
  readonly #recent = new ReadCache<StoredObject>(maxCachedBytes);

  private constructor(path: string, environment: RootDatabase, open: OpenTables) {
    this.path = path;
    this.#environment = environment;
    this.tables = open.tables;
    this.#databases = open.databases;
    this.#commits = new GroupCommit((changes) =>
      this.#recent.change(changes.of(open.tables.objects.name).keys(), () => open.writeDurably(changes)),
    );
  }

  static open(path: string): StoreIndex {
    const environment = open({
      path,
      noSubdir: false,
      maxDbs: Object.keys(tableNames).length + 3,
      // With overlapping syncs a commit is answered before it is durable.
      overlappingSync: false,
      // Batches are made here; a second, implicit one would leave promises behind that are never awaited.
      eventTurnBatching: false,
      encoding: 'binary',
      keyEncoding: 'binary',
    });
    const databases = new Map<string, Database<unknown, Buffer>>();
    const opened = Object.entries(tableNames).map(([key, name]) => {
      const encoding = name === 'inline' ? 'binary' : 'json';
      const database: Database<unknown, Buffer> = environment.openDB(name, {
        encoding,
        keyEncoding: 'binary',
      });
      databases.set(name, database);
      return [key, new LmdbTable(name, database)];
    });
    // Every table is there, each with the encoding of its values.
    const tables = Object.fromEntries(opened) as unknown as Tables;

    const writeDurably = async (changes: Overlay): Promise<void> => {
      const written = [...changes.all()];
      if (written.length === 0) return;
      // One batch is one LMDB transaction.
      const batch = environment.batch(() => {
        for (const { table, key, value } of written) {
          const database = databases.get(table);
          if (value === undefined) database?.remove(key);
          else database?.put(key, value);
        }
      });
      try {
        await batch;
      } catch (error) {
        // If the meta page was lost, LMDB fails until it is opened again; a read shows it.
        databases.get('buckets')?.get(Buffer.from('any'));
        throw await reasonOf(error);
      }
    };
    return new StoreIndex(path, environment, { databases: [...databases.values()], tables, writeDurably });
  }

  /** Changes the index; see GroupCommit.mutate. */
  mutate<T>(decide: (transaction: Transaction) => T): Promise<T> {
    return this.#commits.mutate(decide);
  }

  /** An object as of the last commit, ready to be given to a reader. */
  readObject(bucket: string, key: string): StoredObject | undefined {
    const name = nameOfObject(bucket, key);
    const recent = this.#recent.find(name);
    if (recent !== undefined) return recent;
    const record = this.tables.objects.get(objectKey(bucket, key));
    if (record === undefined) return undefined;
    const { content } = record;
    const location = 'manifest' in content ? undefined : locationOf(content);
    const bytes = location?.kind === 'inline' ? this.getInline(location.id) : undefined;
    const object = { record, bytes };
    const writtenBytes = name.length + JSON.stringify(record).length + (object.bytes?.length ?? 0);
    this.#recent.keep(name, object, overheadBytes + writtenBytes);
    return object;
  }

  /** Bytes that a record read in this same turn says are in the index. */
  getInline(id: string): Buffer {
    const bytes = this.tables.inline.get(idKey(id));
    if (bytes === undefined) throw new Error(`The index has lost the bytes ${id}`);
    return bytes;
  }

  /** How much of the index's file is free for use again: LMDB gives nothing back to the disk. */
  freeBytes(): number {
    const { root, free, lastPageNumber, pageSize } = statisticsOf(this.#environment);
    const trees = [root, free, ...this.#databases.map(statisticsOf)];
    const usedPages = trees.reduce(
      (sum, tree) => sum + tree.treeBranchPageCount + tree.treeLeafPageCount + tree.overflowPages,
      0,
    );
    return (lastPageNumber + 1 - usedPages) * pageSize;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#commits.drained();
    await this.#environment.close();
  }
}

/** The index of the store in this directory; other processes may have it open too. */
export function openIndex(directory: string): StoreIndex {
  return StoreIndex.open(join(directory, 'index'));
}

interface TreeStatistics {
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

interface Statistics extends TreeStatistics {
  readonly pageSize: number;
  readonly lastPageNumber: number;
  readonly root: TreeStatistics;
  readonly free: TreeStatistics;
}

function statisticsOf(database: { getStats(): unknown }): Statistics {
  // The package leaves the shape open; this is what it gives.
  return database.getStats() as Statistics;
}

/** LMDB rejects with a general error that carries the real one as a promise. */
async function reasonOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && 'commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (reason) {
    return reason;
  }
}

class LmdbTable<V> implements Table<V> {
  readonly name: string;
  readonly #database: Database<V, Buffer>;

  constructor(name: string, database: Database<V, Buffer>) {
    this.name = name;
    this.#database = database;
  }

  get(key: Buffer): V | undefined {
    return this.#database.get(key);
  }

  exists(key: Buffer): boolean {
    return this.#database.doesExist(key);
  }

  range(bounds: RangeBounds): Iterable<TableEntry<V>> {
    return this.#database.getRange({ ...bounds });
  }
}
