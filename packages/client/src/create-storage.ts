import { type AccessToken, type Api, createApi } from './api.ts';
import { type DownloadOptions, download } from './download.ts';
import { type ImageOptions, type ImageSource, imageOptionsPath, imageUrl } from './image-url.ts';
import type { Platform } from './platform.ts';
import { Pool } from './pool.ts';
import type { RetryPolicy } from './retry.ts';
import type { Uploadable } from './source.ts';
import { StorageError, toStorageError } from './storage-error.ts';
import { startUpload, type UploadOptions, type UploadTask } from './upload.ts';
import { type BatchItem, type BatchOptions, type BatchTask, startBatch } from './upload-all.ts';
import type { Connection } from './upload-run.ts';
import type * as wire from './wire.ts';

export interface StorageOptions {
  /** Of the API, such as `https://files.example.com`. */
  url: string;
  /** `pk_…` in apps; `sk_…` on your own servers only. */
  apiKey: string;
  accessToken?: AccessToken;
  /** Of the image host. Default: as files' own URLs say, or the API's address with port 4502 in place of 4500. */
  imagesUrl?: string;
  /** Transfers at once, over all files and their parts. Default 5. */
  concurrency?: number;
  /**
   * Nothing moved for so long: the connection counts as broken, and is tried again. A stream or an `accessToken` that is
   * silent for so long ends the upload: it is not asked again. Default 30.
   */
  stallSeconds?: number;
  retry?: Partial<RetryPolicy>;
  /**
   * Where uploads are remembered across restarts; false: nowhere. In Node a directory, by default
   * `.cache/bkend-storage` in the home directory; browsers use IndexedDB.
   */
  journal?: string | false;
  /** For calls of the API and for downloads, in place of the global one. */
  fetch?: typeof fetch;
}

/** For every call that can be given up. */
export interface CallOptions {
  signal?: AbortSignal;
}

/** Your files. Every method rejects with a {@link StorageError}, whose `code` says why. */
export interface Storage {
  /**
   * Uploads and registers a file, in one PUT up to 16 MiB and in parts above. Survives cut connections, expired URLs and
   * lost answers; goes on where an earlier upload of the same file stopped.
   */
  upload(source: Uploadable, options?: UploadOptions): UploadTask;
  /** Uploads many files through one pool of connections. */
  uploadAll(items: Iterable<BatchItem>, options?: BatchOptions): BatchTask;
  /** The bytes, as a standard `Response` whose body goes on by itself where a connection breaks. */
  download(fileId: string, options?: DownloadOptions): Promise<Response>;
  /** A URL that anyone can GET the file from, for an hour unless said otherwise. */
  downloadUrl(fileId: string, options?: wire.DownloadUrlOptions & CallOptions): Promise<wire.DownloadUrl>;
  get(fileId: string, options?: CallOptions): Promise<wire.StoredFile>;
  /** All files that match, page after page as they are needed. */
  list(filter?: wire.FileFilter & CallOptions): AsyncIterableIterator<wire.StoredFile>;
  /** One page, with the total. */
  listPage(request?: wire.PageRequest & CallOptions): Promise<wire.FilePage>;
  update(fileId: string, changes: wire.FileChanges, options?: CallOptions): Promise<wire.StoredFile>;
  /** Deleting what is gone already is `file/not-found`, unless it went by a try whose answer was lost. */
  delete(fileId: string, options?: CallOptions): Promise<void>;
  /** Deletes any number of files; one that cannot go does not keep the others. */
  deleteAll(fileIds: Iterable<string>, options?: CallOptions): Promise<wire.DeleteOutcome>;
  /** Adds users to those a `shared` file is for. Resolves with all of them. */
  share(fileId: string, userIds: string | readonly string[], options?: CallOptions): Promise<string[]>;
  /** Removes users, or everyone. Resolves with those who stay. */
  unshare(fileId: string, userIds?: string | readonly string[], options?: CallOptions): Promise<string[]>;
  /** How much you store; `tenant`: how much everybody does, for admins. */
  usage(scope?: 'caller' | 'tenant', options?: CallOptions): Promise<wire.Usage>;
  /** Where a `public` image is shown, as it is to be shown. */
  imageUrl(image: ImageSource, options?: ImageOptions): string;
  /** A `srcset` of several widths, in pixels. */
  srcset(image: ImageSource, options?: ImageOptions & { widths?: readonly number[] | undefined }): string;
  /** Where you may see an image that is not `public`, for an hour unless said otherwise. */
  signedImageUrl(
    fileId: string,
    options?: ImageOptions & Pick<wire.DownloadUrlOptions, 'expiresIn'> & CallOptions,
  ): Promise<wire.SignedImageUrl>;
}

/** What `createStorage` really returns: other entries of this package make calls that are no method of it. */
export interface OpenStorage extends Storage {
  readonly api: Api;
}

const defaultWidths = [320, 640, 960, 1280, 1920];
const maxBulkDelete = 1000;
const maxPageSize = 100;

/** What both entries of the package are made of. */
export function createStorageOn(platform: Platform, options: StorageOptions): Storage {
  const { url, apiKey, accessToken, imagesUrl, concurrency = 5, stallSeconds = 30, journal } = options;
  if (!URL.canParse(url) || !apiKey) {
    throw new StorageError('client/invalid-input', 'createStorage needs a `url` and an `apiKey`.');
  }
  const settings = {
    url: url.replace(/\/+$/, ''),
    apiKey,
    accessToken,
    imagesUrl,
    stallSeconds,
    fetch: options.fetch,
    policy: { tries: 6, firstDelaySeconds: 0.5, maxDelaySeconds: 30, ...options.retry },
    platform,
    pool: new Pool(concurrency),
    journal: journal === false ? undefined : platform.journal(journal),
  };
  const api = createApi(settings);
  const connection: Connection = { ...settings, api };
  const filePath = (fileId: string) => `/files/${encodeURIComponent(fileId)}`;

  const listPage = ({ signal, ...query }: wire.PageRequest & CallOptions = {}) =>
    api<wire.FilePage>({ path: '/files', query, signal });

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

  const storage: OpenStorage = {
    api,
    upload: (source, options) => begin(() => startUpload(connection, source, options)),
    uploadAll: (items, options) => begin(() => startBatch(connection, items, options)),
    download: (fileId, options) => download(connection, fileId, options),
    downloadUrl: (fileId, { signal, ...body } = {}) =>
      api({ path: `${filePath(fileId)}/download-url`, body, signal }),
    get: (fileId, options) => api({ ...options, path: filePath(fileId) }),

    async *list(filter) {
      let cursor: string | undefined;
      do {
        const { items, pagination } = await listPage({
          limit: maxPageSize,
          ...filter,
          ...(cursor && { cursor }),
        });
        yield* items;
        cursor = pagination.nextCursor;
      } while (cursor);
    },
    listPage,

    update: (fileId, body, options) => api({ ...options, method: 'PATCH', path: filePath(fileId), body }),
    async delete(fileId, options) {
      let isRetried = false;
      const onRetry = () => {
        isRetried = true;
      };
      await api({ ...options, method: 'DELETE', path: filePath(fileId), onRetry }).catch(
        (error: StorageError) => {
          if (!isRetried || error.code !== 'file/not-found') throw error;
        },
      );
    },
    async deleteAll(fileIds, options) {
      const ids = [...new Set(fileIds)];
      const outcome: wire.DeleteOutcome = { deleted: [], failed: [] };
      for (let start = 0; start < ids.length; start += maxBulkDelete) {
        let isRetried = false;
        const { deleted, failed } = await api<wire.DeleteOutcome>({
          ...options,
          path: '/files/bulk-delete',
          body: { ids: ids.slice(start, start + maxBulkDelete) },
          onRetry: () => {
            isRetried = true;
          },
        });
        outcome.deleted.push(...deleted);
        for (const { id, code } of failed) {
          // Gone by a try whose answer was lost.
          if (isRetried && code === 'file/not-found') outcome.deleted.push(id);
          else outcome.failed.push({ id, code });
        }
      }
      return outcome;
    },

    share: changeShares('PUT'),
    unshare: changeShares('DELETE'),
    usage: (scope, options) => api({ ...options, path: '/usage', query: { scope } }),

    imageUrl: (image, options) => imageUrl(image, options, connection),
    srcset: (image, { widths = defaultWidths, width, height, ...options } = {}) =>
      widths
        .map((each) => {
          // The box keeps its shape.
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

/** What cannot even begin is an invalid input too. */
function begin<T>(start: () => T): T {
  try {
    return start();
  } catch (error) {
    throw toStorageError(error);
  }
}
