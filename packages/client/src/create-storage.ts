import type { BulkCall, BulkFiles, BulkOptions } from './bulk.ts';
import { download } from './download.ts';
import { imageOptionsPath, imageUrl } from './image-url.ts';
import { type OperationOptions, waitForOperation } from './operation.ts';
import type { CallOptions, ChangeOptions, OpenStorage, Storage, StorageOptions } from './storage.ts';
import { abortedError, overNetwork, StorageError, toStorageError } from './storage-error.ts';
import { backOffSeconds, defaultRetryPolicy } from './transfer/back-off.ts';
import { Pool } from './transfer/pool.ts';
import { retry } from './transfer/retry.ts';
import { race, sleep } from './transfer/sleep.ts';
import { withStallTimeout } from './transfer/with-stall-timeout.ts';
import { type Connection, createApi } from './transport/api.ts';
import type { Platform } from './transport/platform.ts';
import { startBatch } from './upload/upload-batch.ts';
import { startUpload } from './upload/upload-task.ts';
import type * as wire from './wire.ts';
import { maxBulk, maxPageFiles } from './wire-limits.ts';

const defaultWidths = [320, 640, 960, 1280, 1920];

/** `createStorage` of both platforms. */
export function createStorageOn(platform: Platform, options: StorageOptions): Storage {
  const { url, apiKey, accessToken, imagesUrl, concurrency = 5, stallSeconds = 30, journal } = options;
  if (!URL.canParse(url) || (!apiKey && !options.fetch)) {
    throw new StorageError('client/invalid-input', 'createStorage needs `url` and `apiKey`.');
  }
  const settings = {
    url: url.replace(/\/+$/, ''),
    apiKey,
    accessToken,
    imagesUrl,
    stallSeconds,
    fetch: options.fetch,
    policy: { ...defaultRetryPolicy, ...options.retry },
    platform,
    pool: new Pool(concurrency),
    journal: journal === false ? undefined : platform.journal(journal),
  };
  const api = createApi(settings);
  const connection: Connection = { ...settings, api };
  const filePath = (fileId: string) => `/files/${encodeURIComponent(fileId)}`;

  const versionPath = (fileId: string, versionId: string) =>
    `${filePath(fileId)}/versions/${encodeURIComponent(versionId)}`;

  const listPage = ({ signal, ...query }: wire.PageRequest & CallOptions = {}) =>
    api<wire.FilePage>({ path: '/files', query: toQuery(query), signal });

  const changeShares =
    (method: 'PUT' | 'DELETE') =>
    async (fileId: string, userIds?: string | readonly string[], options?: CallOptions) => {
      const path = `${filePath(fileId)}/shares`;
      const paths =
        userIds === undefined ? [path] : [userIds].flat().map((id) => `${path}/${encodeURIComponent(id)}`);
      let sharedWith: string[] = [];
      for (const path of paths)
        ({ sharedWith } = await api<{ sharedWith: string[] }>({ ...options, method, path }));
      return sharedWith;
    };

  /** Reads a list that has `items` and `nextCursor`, to its end. */
  async function* readAll<T>(path: string, { signal, ...query }: CallOptions = {}) {
    let cursor: string | undefined;
    do {
      const page = { limit: maxPageFiles.byNumber, ...query, ...(cursor && { cursor }) };
      const answer = await api<{ items: T[]; nextCursor?: string }>({ path, query: page, signal });
      yield* answer.items;
      cursor = answer.nextCursor;
    } while (cursor);
  }

  /** Deletes; a retry that finds nothing is the success of an earlier try, whose answer was lost. */
  async function deleteOnce(path: string, notFound: string, options?: ChangeOptions): Promise<void> {
    let isRetried = false;
    const onRetry = () => {
      isRetried = true;
    };
    await api({ ...conditional(options), method: 'DELETE', path, onRetry }).catch((error: StorageError) => {
      if (!isRetried || error.code !== notFound) throw error;
    });
  }

  const operate = async (
    call: Parameters<typeof api>[0],
    options: OperationOptions = {},
  ): Promise<wire.Operation> => {
    const { operationId } = await api<{ operationId: string }>({ ...call, signal: options.signal });
    return waitForOperation(api, operationId, options);
  };

  /** Code that most apps do not use is loaded on demand. */
  const load = <T>(code: () => Promise<T>, signal: AbortSignal | undefined) =>
    retry(() => race(overNetwork(code()), signal), { ...settings, phase: 'requesting', signal });

  const changeAll = async (files: BulkFiles, call: BulkCall & BulkOptions) => {
    const bulk = await load(() => import('./bulk.ts'), call.signal);
    return bulk.changeAll({ api, maxBulk }, files, call);
  };

  const storage: OpenStorage = {
    api,
    upload: (source, options) => startTask(() => startUpload(connection, source, options)),
    uploadAll: (items, options) => startTask(() => startBatch(connection, items, options)),
    download: (fileId, options) => download(connection, fileId, options),
    downloadUrl: (fileId, { signal, ...body } = {}) =>
      api({ path: `${filePath(fileId)}/download-url`, body, signal }),
    get: (fileId, options) => api({ ...options, path: filePath(fileId) }),

    async *list(filter) {
      let cursor: string | undefined;
      do {
        const { items, pagination } = await listPage({
          limit: cursor ? maxPageFiles.byCursor : maxPageFiles.byNumber,
          ...filter,
          ...(cursor && { cursor }),
        });
        yield* items;
        cursor = pagination.nextCursor;
      } while (cursor);
    },
    listPage,
    positions: ({ signal, ...query }) => api({ path: '/files/positions', query: toQuery(query), signal }),

    // A list's order changes no counts.
    facets: ({ signal, sortBy: _, sortDirection: __, ...query } = {}) =>
      api({ path: '/files/facets', query: toQuery(query), signal }),
    listFolders: (filter) => readAll('/folders', filter),
    keepFolder: (path, options) =>
      api({ ...options, method: 'PUT', path: `/folders/${encodeURIComponent(path)}` }),
    moveFolder: (from, to, options) => operate({ path: '/folders/move', body: { from, to } }, options),
    deleteFolder: (path, { trash, ...options } = {}) =>
      operate({ method: 'DELETE', path: `/folders/${encodeURIComponent(path)}`, query: { trash } }, options),
    deleteFilesOfUser: (userId, options) =>
      operate({ method: 'DELETE', path: `/users/${encodeURIComponent(userId)}/files` }, options),
    waitForOperation: (operationId, options) => waitForOperation(api, operationId, options),

    update: (fileId, body, options) =>
      api({ ...conditional(options), method: 'PATCH', path: filePath(fileId), body }),
    delete: (fileId, options) => deleteOnce(filePath(fileId), 'file/not-found', options),
    updateAll: (files, set, options) =>
      changeAll(files, { path: '/files/bulk-update', doneField: 'updated', body: { set }, ...options }),
    deleteAll: (files, { trash, ...options } = {}) =>
      changeAll(files, { path: '/files/bulk-delete', doneField: 'deleted', body: { trash }, ...options }),
    restoreAll: (files, options) =>
      changeAll(files, { path: '/files/bulk-restore', doneField: 'restored', body: undefined, ...options }),

    async trash(fileId, options) {
      await api({
        ...conditional(options),
        method: 'DELETE',
        path: filePath(fileId),
        query: { trash: true },
      });
    },
    restore: (fileId, options) =>
      api({ ...conditional(options), path: `${filePath(fileId)}/restore`, body: {} }),
    emptyTrash: (scope, options) => api({ ...options, method: 'DELETE', path: '/trash', query: { scope } }),

    copy: (fileId, body = {}, options) =>
      api({
        ...options,
        path: `${filePath(fileId)}/copy`,
        body,
        tries: 1,
        // Where the store moves bytes for a copy, large files take minutes.
        stallSeconds: settings.stallSeconds * 40,
      }),
    versions: (fileId, options) => readAll(`${filePath(fileId)}/versions`, options),
    restoreVersion: (fileId, versionId, options) =>
      api({ ...options, path: `${versionPath(fileId, versionId)}/restore`, body: {} }),
    deleteVersion: (fileId, versionId, options) =>
      deleteOnce(versionPath(fileId, versionId), 'file/version-not-found', options),

    share: changeShares('PUT'),
    unshare: changeShares('DELETE'),
    usage: (scope, options) => api({ ...options, path: '/usage', query: { scope } }),

    async *events(options = {}) {
      const { followEvents } = await load(() => import('./follow-events.ts'), options.signal);
      const tools = { abortedError, backOffSeconds, overNetwork, sleep, withStallTimeout };
      yield* followEvents({ ...tools, ...settings, api }, options);
    },

    imageUrl: (image, options) => imageUrl(image, options, connection),
    srcset: (image, { widths = defaultWidths, width, height, ...options } = {}) =>
      widths
        .map((each) => {
          // The ratio of the sides stays.
          const side = width && height && Math.round((each * height) / width);
          return `${imageUrl(image, { ...options, width: each, height: side }, connection)} ${each}w`;
        })
        .join(', '),
    signedImageUrl: (fileId, { signal, expiresIn, ...options } = {}) =>
      api({
        path: `${filePath(fileId)}/image-url`,
        body: { options: imageOptionsPath(options) || undefined, expiresIn },
        signal,
      }),
  };
  return storage;
}

/** Options of a call that is made only while the file has an ETag. */
function conditional({ ifMatch, ...options }: ChangeOptions = {}) {
  return { ...options, ...(ifMatch && { headers: { 'If-Match': `"${ifMatch}"` } }) };
}

/** The API takes an empty folder for none, and `/` for the root. */
function toQuery<Filter extends wire.FileFilter>(filter: Filter): Filter {
  return filter.folder === '' ? { ...filter, folder: '/' } : filter;
}

/** Starts a task; an input that cannot be read becomes `client/invalid-input`. */
function startTask<T>(start: () => T): T {
  try {
    return start();
  } catch (error) {
    throw toStorageError(error);
  }
}
