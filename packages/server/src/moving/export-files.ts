import { constants, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { requireServed } from '../files/access.ts';
import type { File } from '../files/file.ts';
import { positionOf } from '../files/listing/list-cursor.ts';
import type { ObjectStore } from '../files/object-store.ts';
import type { FileRepository } from '../files/ports.ts';
import { forEachConcurrently } from '../for-each-concurrently.ts';
import type { Admin } from '../identity/caller.ts';
import type { Tenant } from '../identity/tenant.ts';
import { manifestName } from './open-source.ts';

export interface ExportDeps {
  readonly files: Pick<FileRepository, 'list'>;
  readonly objects: Pick<ObjectStore, 'get'>;
}

export interface ExportCounts {
  /** Fetched in this run. */
  readonly exported: number;
  /** Bytes of these. */
  readonly bytes: number;
  /** There already, from an earlier run. */
  readonly present: number;
  readonly failed: number;
}

const pageSize = 1_000;
const concurrency = 8;
const order = { by: 'createdAt', direction: 'asc' } as const;

/**
 * Writes every file of a tenant that is not in the trash into a folder that an import reads: bytes first, each complete before it
 * gets its name, and at last the manifest, whose name appears when it is complete. Run again it fetches what is missing or changed.
 * @param options.onFailure called with each file that cannot be read, or that waits for its scan; it is left out of the manifest
 */
export async function exportFiles(
  deps: ExportDeps,
  directory: string,
  { tenant, onFailure }: { readonly tenant: Tenant; onFailure(file: File, error: unknown): void },
): Promise<ExportCounts> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const counts = { exported: 0, bytes: 0, present: 0, failed: 0 };
  const draft = join(directory, `${manifestName}.part`);
  await rm(draft, { force: true });
  const manifest = await open(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    for await (const page of pagesOf(deps, tenant)) {
      const lines: string[] = [];
      await forEachConcurrently(page.entries(), concurrency, async ([index, file]) => {
        try {
          requireServed(file);
          const path = pathOf(file);
          const isFetched = await fetchMissing(deps, file, join(directory, path));
          counts[isFetched ? 'exported' : 'present'] += 1;
          if (isFetched) counts.bytes += file.sizeBytes;
          lines[index] = `${JSON.stringify(recordOf(file, path))}\n`;
        } catch (error) {
          counts.failed += 1;
          onFailure(file, error);
        }
      });
      await manifest.write(lines.join(''));
    }
    await manifest.sync();
  } finally {
    await manifest.close();
  }
  await rename(draft, join(directory, manifestName));
  return counts;
}

async function* pagesOf({ files }: Pick<ExportDeps, 'files'>, tenant: Tenant): AsyncGenerator<File[]> {
  const caller: Admin = { kind: 'admin', tenant, keyId: 'export', scopes: [] };
  let last: File | undefined;
  do {
    const after = last && { after: positionOf(last, order) };
    const page = await files.list(caller, { filter: {}, order, limit: pageSize, ...after });
    if (page.length > 0) yield page;
    last = page.length < pageSize ? undefined : page.at(-1);
  } while (last !== undefined);
}

/**
 * The path of these contents of the file: new contents have another one. Only ids and letters: what a name has, no file system has
 * to bear.
 */
function pathOf({ id, versionId, originalName }: File): string {
  const extension = /\.[A-Za-z0-9]{1,16}$/.exec(originalName)?.[0]?.toLowerCase() ?? '';
  const contents = versionId === id ? '' : `~${versionId}`;
  return `files/${id.slice(-2)}/${id}${contents}${extension}`;
}

/** The file as a line of a manifest. */
function recordOf(file: File, path: string): object {
  return {
    path,
    id: file.id,
    s3Key: file.key,
    originalName: file.originalName,
    mimeType: file.mimeType,
    size: file.sizeBytes,
    ownerId: file.ownerId,
    ownerType: file.ownerType,
    visibility: file.visibility,
    ...(file.sharedWith.length > 0 && { sharedWith: file.sharedWith }),
    folder: file.folder,
    category: file.category,
    bucket: file.bucket,
    metadata: file.metadata,
    width: file.width,
    height: file.height,
    createdAt: file.createdAt.toISOString(),
    updatedAt: file.updatedAt.toISOString(),
  };
}

/** @returns false when the bytes are there */
async function fetchMissing(
  { objects }: Pick<ExportDeps, 'objects'>,
  { objectKey, etag, sizeBytes }: File,
  path: string,
): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() && found.size === sizeBytes) return false;
  const object = await objects.get(objectKey, { etag });
  if (object === undefined) throw new Error('Its bytes are not in storage.');
  const draft = `${path}.part`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(draft, { force: true });
  await pipeline(object.body, createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }));
  const { size } = await stat(draft);
  if (size !== sizeBytes) throw new Error(`${size} of its ${sizeBytes} bytes arrived.`);
  await rename(draft, path);
  return true;
}
