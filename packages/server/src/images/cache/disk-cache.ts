import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { readOwnBytes } from '../../data-dir/own-files.ts';
import type { Rendition } from '../transform/rendition.ts';
import type { RenditionKey } from './rendition-key.ts';

interface Entry {
  readonly path: string;
  readonly source: string;
  /** The bytes of the rendition and of its notes. */
  readonly sizeBytes: number;
  /** The bytes of its notes, as JSON behind those of the rendition. */
  readonly notesBytes: number;
  readonly contentType: string;
  /** The file's modification time, which orders entries at the next start. */
  touchedMs: number;
}

const extensions: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/gif': 'gif',
  'image/tiff': 'tiff',
  'application/json; charset=utf-8': 'json',
};
const contentTypes = new Map(Object.entries(extensions).map(([type, extension]) => [extension, type]));

/** `<result>-<bytes>.<extension>`, or `<result>-<bytes>-<bytes of the notes>.<extension>`; the size identifies a file that was cut short. */
const namePattern = /^([0-9a-f]{32})-(\d{1,12})(?:-(\d{1,6}))?\.([a-z]{3,4})$/;
const touchAfterMs = 10 * 60_000;
/** Disk block and memory of one entry, besides its bytes. */
const overheadBytes = 4096;

/**
 * Renditions on disk within a budget of bytes; the least recently used are evicted. Files lie in one directory for each source,
 * which is removed as a whole. A file that cannot be read or written counts as not cached.
 */
export class DiskCache implements AsyncDisposable {
  readonly #directory: string;
  readonly #entries: LRUCache<string, Entry>;
  readonly #pending = new Set<Promise<void>>();
  #closed = false;

  private constructor(directory: string, maxBytes: number) {
    this.#directory = directory;
    this.#entries = new LRUCache<string, Entry>({
      maxSize: Math.max(1, maxBytes),
      maxEntrySize: Math.max(1, Math.floor(maxBytes / 4)),
      sizeCalculation: ({ sizeBytes }) => sizeBytes + overheadBytes,
      dispose: (entry, _, reason) => {
        if (reason !== 'set') this.#remove(entry.path);
      },
    });
  }

  /** Opens the cache with the files of an earlier process, the least recently used first. */
  static async open(directory: string, maxBytes: number): Promise<DiskCache> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const cache = new DiskCache(directory, maxBytes);
    const found = await cache.#scan();
    found.sort((a, b) => a[1].touchedMs - b[1].touchedMs);
    for (const [result, entry] of found) cache.#list(result, entry);
    return cache;
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  has({ result }: RenditionKey): boolean {
    return this.#entries.has(result);
  }

  async find({ result }: RenditionKey): Promise<Rendition | undefined> {
    const entry = this.#entries.get(result);
    if (!entry) return undefined;
    const bytes = await readWhole(entry);
    if (!bytes) {
      this.#entries.delete(result);
      return undefined;
    }
    this.#touch(entry);
    const { contentType, notesBytes } = entry;
    if (notesBytes === 0) return { bytes, contentType };
    const end = bytes.length - notesBytes;
    return { bytes: bytes.subarray(0, end), contentType, notes: JSON.parse(bytes.toString('utf8', end)) };
  }

  async put(key: RenditionKey, rendition: Rendition): Promise<void> {
    const extension = extensions[rendition.contentType];
    if (this.#closed || extension === undefined || this.#entries.has(key.result)) return;
    await this.#track(this.#write(key, rendition, extension));
  }

  async #write(
    { source, result }: RenditionKey,
    { bytes, contentType, notes }: Rendition,
    extension: string,
  ): Promise<void> {
    const directory = this.#directoryOf(source);
    const added = Buffer.from(notes === undefined ? '' : JSON.stringify(notes));
    const sizes = added.length === 0 ? `${bytes.length}` : `${bytes.length}-${added.length}`;
    const path = join(directory, `${result}-${sizes}.${extension}`);
    const whole = added.length === 0 ? bytes : Buffer.concat([bytes, added]);
    // Never through a link that another user has put there, should the directory not be ours alone.
    const write = () => writeFile(path, whole, { mode: 0o600, flag: 'wx' });
    try {
      // The directory of most sources exists already.
      await write().catch(async () => {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await write();
      });
    } catch {
      // A full or failing disk disables the cache, not the response.
      await rm(path, { force: true }).catch(() => {});
      return;
    }
    const sizeBytes = whole.length;
    const notesBytes = added.length;
    this.#list(result, { path, source, sizeBytes, notesBytes, contentType, touchedMs: Date.now() });
  }

  /** Removes every rendition of a source. */
  async remove(source: string): Promise<void> {
    for (const [result, entry] of this.#entries.entries()) {
      if (entry.source === source) this.#entries.delete(result);
    }
    await this.#track(rm(this.#directoryOf(source), { recursive: true, force: true }).catch(() => {}));
  }

  /** Accepts nothing more, and waits for files that are being written or removed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#pending);
  }

  #directoryOf(source: string): string {
    return join(this.#directory, source.slice(0, 2), source);
  }

  #track(work: Promise<void>): Promise<void> {
    const pending = work.finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
    return pending;
  }

  #list(result: string, entry: Entry): void {
    this.#entries.set(result, entry);
    // A file too large for the list must not stay on disk without an entry.
    if (!this.#entries.has(result)) this.#remove(entry.path);
  }

  #touch(entry: Entry): void {
    const now = Date.now();
    if (now - entry.touchedMs < touchAfterMs) return;
    entry.touchedMs = now;
    utimes(entry.path, now / 1000, now / 1000).catch(() => {});
  }

  #remove(path: string): void {
    void this.#track(rm(path, { force: true }).catch(() => {}));
  }

  async #scan(): Promise<[string, Entry][]> {
    const found: [string, Entry][] = [];
    const files = await readdir(this.#directory, { recursive: true, withFileTypes: true });
    for (const file of files) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      const [, result, size = '', notes = '0', extension = ''] = namePattern.exec(file.name) ?? [];
      const contentType = contentTypes.get(extension);
      const about = await stat(path).catch(() => undefined);
      if (result === undefined || contentType === undefined || about?.size !== Number(size) + Number(notes)) {
        await rm(path, { force: true }).catch(() => {});
        continue;
      }
      const source = file.parentPath.slice(-32);
      const facts = {
        sizeBytes: about.size,
        notesBytes: Number(notes),
        contentType,
        touchedMs: about.mtimeMs,
      };
      found.push([result, { path, source, ...facts }]);
    }
    return found;
  }
}

async function readWhole({ path, sizeBytes }: Entry): Promise<Buffer | undefined> {
  const bytes = await readOwnBytes(path).catch(() => undefined);
  return bytes?.length === sizeBytes ? bytes : undefined;
}

/** Time for which renditions are gathered before they are written. A crash loses them; they are made again on request. */
const gatherMs = 250;

/** With more waiting bytes, writing begins at once. */
const maxWaitingBytes = 8 * 1024 * 1024;

interface Waiting {
  readonly key: RenditionKey;
  readonly rendition: Rendition;
}

/**
 * A disk cache that writes a moment later, together with everything made meanwhile. A file takes several system calls, and each
 * wakes threads that compete with rendering: written one by one as they are made, small renditions cost a twentieth more than
 * unwritten ones. Written in a row, the difference is hardly measurable.
 */
export class WriteBehind implements AsyncDisposable {
  readonly #disk: DiskCache;
  #waiting = new Map<string, Waiting>();
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(disk: DiskCache) {
    this.#disk = disk;
  }

  async find(key: RenditionKey): Promise<Rendition | undefined> {
    return this.#waiting.get(key.result)?.rendition ?? this.#disk.find(key);
  }

  put(key: RenditionKey, rendition: Rendition): void {
    if (this.#waiting.has(key.result)) return;
    this.#waiting.set(key.result, { key, rendition });
    this.#waitingBytes += rendition.bytes.length;
    if (this.#waitingBytes > maxWaitingBytes) this.#write();
    else this.#timer ??= setTimeout(() => this.#write(), gatherMs);
  }

  /** Removes every rendition of a source, also those that are being written. */
  async remove(source: string): Promise<void> {
    for (const [result, { key, rendition }] of this.#waiting) {
      if (key.source !== source) continue;
      this.#waiting.delete(result);
      this.#waitingBytes -= rendition.bytes.length;
    }
    await this.#disk.remove(source);
    await this.#writing;
    await this.#disk.remove(source);
  }

  /** Writes everything that waits. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#write();
    await this.#writing;
    await this.#disk[Symbol.asyncDispose]();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const due = this.#waiting;
    this.#waiting = new Map();
    this.#waitingBytes = 0;
    this.#writing = this.#writing.then(async () => {
      for (const { key, rendition } of due.values()) await this.#disk.put(key, rendition);
    });
  }
}
