import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { FramedResponse } from '@bkend/http';
import { defaultLimits, type Limits, StorageError, type Visibility } from '@bkend/storage-contract';
import { parseImages } from '../../src/config/images.ts';
import { Settings } from '../../src/config/settings.ts';
import type { File } from '../../src/files/file.ts';
import type { ObjectStore } from '../../src/files/object-store.ts';
import type { FileNotifications } from '../../src/files/ports.ts';
import type { FaceDetector } from '../../src/images/faces/faces.ts';
import { openImagesHost } from '../../src/images/images-host.ts';
import type { ImagesSettings } from '../../src/images/settings.ts';
import type { AnsweredRequest } from '../../src/observability/request-log.ts';

export const imageUrlSecret = 'a secret of these tests';

type Listener = Parameters<FileNotifications['subscribe']>[0];

/** The ports of an images host, kept in memory. */
export class World {
  readonly files = new Map<string, File>();
  readonly bytes = new Map<string, Buffer>();
  /** ETags of stored bytes that are not those on record. */
  readonly etags = new Map<string, string>();
  readonly listeners = new Set<Listener>();
  readonly answered: AnsweredRequest[] = [];
  now = new Date('2026-02-03T12:00:00Z');
  /** Number of reads of originals. */
  reads = 0;
  lookups = 0;
  /** Reads of originals wait for it. */
  held: Promise<void> = Promise.resolve();

  put(
    key: string,
    bytes: Buffer,
    about: { mimeType?: string; visibility?: Visibility; ownerId?: string } = {},
  ): File {
    const file: File = {
      id: `id of ${key}`,
      tenant: 'app/dev',
      key,
      objectKey: key,
      originalName: key.split('/').at(-1) ?? key,
      mimeType: about.mimeType ?? 'image/jpeg',
      sortName: '',
      folder: '',
      version: 1,
      versionId: '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000',
      sizeBytes: bytes.length,
      visibility: about.visibility ?? 'public',
      bucket: 'images',
      category: 'images',
      metadata: {},
      sharedWith: [],
      etag: `etag-${this.files.size}`,
      ownerId: about.ownerId ?? 'olga',
      ownerType: 'user',
      createdAt: this.now,
      updatedAt: this.now,
    };
    this.files.set(key, file);
    this.bytes.set(key, bytes);
    return file;
  }

  change(key: string, fields: Partial<File>): void {
    const file = this.files.get(key);
    if (file) this.files.set(key, { ...file, ...fields });
  }

  remove(key: string): void {
    this.files.delete(key);
    this.bytes.delete(key);
    this.tell(key);
  }

  tell(key: string): void {
    for (const listener of this.listeners) listener.changed(key);
  }

  readonly objects: Pick<ObjectStore, 'get' | 'head'> = {
    head: async (key) => {
      const bytes = this.bytes.get(key);
      return (
        bytes && { sizeBytes: bytes.length, contentType: '', etag: this.#etagOf(key), lastModified: this.now }
      );
    },
    get: async (key, { range, etag } = {}) => {
      this.reads++;
      await this.held;
      const bytes = this.bytes.get(key);
      if (!bytes) return undefined;
      if (etag !== undefined && etag !== this.#etagOf(key)) {
        throw new StorageError('common/unavailable', 'Other bytes.');
      }
      const info = {
        sizeBytes: bytes.length,
        contentType: '',
        etag: this.#etagOf(key),
        lastModified: this.now,
      };
      const body = range ? bytes.subarray(range.first, range.last + 1) : bytes;
      return { info, body: Readable.from([body]) };
    },
  };

  #etagOf(key: string): string {
    return this.etags.get(key) ?? this.files.get(key)?.etag ?? '';
  }

  readonly notifications: FileNotifications = {
    subscribe: async (listener) => {
      this.listeners.add(listener);
      return {
        [Symbol.asyncDispose]: async () => void this.listeners.delete(listener),
      };
    },
  };
}

/** Settings of an empty environment; no lower priority, so that tests take their usual time. */
const defaultSettings: ImagesSettings = { ...parseImages(new Settings({})), niceness: 0 };

export interface RunningHost extends AsyncDisposable {
  readonly url: string;
  readonly cacheDirectory: string;
}

/** An image host on a free port over this world. */
export async function startHost(
  world: World,
  options: {
    settings?: Partial<ImagesSettings>;
    limits?: Partial<Limits>;
    cacheDirectory?: string;
    faceDetector?: FaceDetector;
  } = {},
): Promise<RunningHost> {
  const cacheDirectory = options.cacheDirectory ?? (await mkdtemp(join(tmpdir(), 'bkend-images-')));
  let requests = 0;
  const host = await openImagesHost(
    {
      findPublicFile: async (key) => {
        world.lookups++;
        const file = world.files.get(key);
        return file?.visibility === 'public' ? file : undefined;
      },
      findFile: async (tenant, key) => {
        const file = world.files.get(key);
        return file?.tenant === tenant ? file : undefined;
      },
      objects: world.objects,
      origins: { service: '*', find: async () => '*', peek: () => '*' },
      notifications: world.notifications,
      limits: { ...defaultLimits, ...options.limits },
      settings: { ...defaultSettings, ...options.settings },
      imageUrlSecret,
      cacheDirectory,
      clock: () => world.now,
      newRequestId: () => `request-${++requests}`,
      clientAddress: ({ socket }) => socket.remoteAddress ?? '',
      ...(options.faceDetector && { faceDetector: options.faceDetector }),
    },
    (answered) => world.answered.push(answered),
  );
  const server = createServer({ ServerResponse: FramedResponse }, host.handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    cacheDirectory,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await host[Symbol.asyncDispose]();
      if (options.cacheDirectory === undefined) await rm(cacheDirectory, { recursive: true, force: true });
    },
  };
}
