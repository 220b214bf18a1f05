import type { BulkFiles, BulkOptions } from './bulk.ts';
import type { DownloadOptions } from './download.ts';
import type { EventOptions } from './follow-events.ts';
import type { ImageOptions, ImageSource } from './image-url.ts';
import type { OperationOptions } from './operation.ts';
import type { Uploadable } from './source/source.ts';
import type { RetryPolicy } from './transfer/back-off.ts';
import type { AccessToken, Api } from './transport/api.ts';
import type { BatchItem, BatchOptions, BatchTask } from './upload/upload-batch.ts';
import type { UploadOptions, UploadTask } from './upload/upload-task.ts';
import type * as wire from './wire.ts';

/** Options of `createStorage`. */
export interface StorageOptions {
  /** URL of the API, such as `https://files.example.com`. */
  url: string;
  /** API key: `pk_…` in apps; `sk_…` on your own servers only. Without one, `fetch` has to authenticate the calls. */
  apiKey?: string | undefined;
  /** Names the user. Default: none; a `pk_…` key alone reads `public` files only. */
  accessToken?: AccessToken;
  /** URL of the images host. Default: from a file's `url`, else the API's with port 4502 in place of 4500. */
  imagesUrl?: string;
  /** Concurrent transfers, over all files and their parts. Default 5. */
  concurrency?: number;
  /**
   * Seconds without activity. A silent connection is then closed and tried again; a silent stream or `accessToken`, or a
   * `fetch` of yours that does not end when its signal aborts, ends the upload with `client/stalled`, because it is not asked
   * again. Default 30.
   */
  stallSeconds?: number;
  /** Tries and pauses of failed requests. Default: 6 tries, pauses from 0.5 to 30 seconds. */
  retry?: Partial<RetryPolicy>;
  /**
   * Where open multipart uploads are kept, so that they can be resumed after a restart. In Node a directory, by default
   * `.cache/bkend-storage` in the home directory; browsers use IndexedDB. `false` keeps none.
   */
  journal?: string | false;
  /** Replaces the global `fetch` for calls of the API and for downloads. */
  fetch?: typeof fetch;
  /**
   * In Node: reads local files of up to 64 KiB on the calling thread, which costs less for many of them, but blocks the event loop
   * meanwhile. For command lines, not for servers. Default false.
   */
  blockingReads?: boolean;
}

/** Options of every call. */
export interface CallOptions {
  /** Aborting it rejects the call with `client/aborted`. */
  signal?: AbortSignal;
}

/** Options of calls that change one file. */
export interface ChangeOptions extends CallOptions {
  /** Changes the file only while its contents have this ETag; else `file/version-conflict`. */
  ifMatch?: string;
}

/**
 * A client of the storage API.
 *
 * Every method rejects with a {@link StorageError}. Beside the codes named below, any of them may have the code
 * `client/aborted`, `client/network`, `client/stalled`, `client/unreadable-answer`, `client/token-unavailable` or
 * `client/invalid-input` ({@link ClientErrorCode}), or one of the API's `auth/…` and `common/…` codes.
 */
export interface Storage {
  /**
   * Uploads and registers a file: in one PUT up to 16 MiB, in parts above. Retries after broken connections, expired URLs and
   * lost answers, and resumes an earlier upload of the same file.
   *
   * @param source a File or Blob, bytes, text, a stream; in Node also `{ path }` or a `file:` URL
   * @param options name, type, description and visibility of the file; progress and abort
   * @returns a promise of the file, with `pause()`, `resume()`, `abort()` and `progress`
   * @throws `client/source-changed`, `client/storage-refused`, `client/clock-skew`, `client/etag-hidden`,
   * `client/checksum-mismatch`, `file/invalid-name`, `file/original-name-too-long`, `file/invalid-folder`, `file/invalid-format`,
   * `file/mime-type-too-long`, `file/file-too-small`, `file/file-too-large`, `file/too-many-open-uploads`
   * @example
   * ```ts
   * const file = await storage.upload(blob, {
   *   filename: 'trip.jpg',
   *   visibility: 'public',
   *   onProgress: ({ bytes, total }) => bar.show(bytes, total),
   * });
   * ```
   */
  upload(source: Uploadable, options?: UploadOptions): UploadTask;

  /**
   * Uploads many files through the same slots for transfers.
   *
   * @param items sources, or sources with options of their own
   * @param options for all files; progress of all together
   * @returns a promise of one outcome for each item, in order, with `pause()`, `resume()` and `abort()`. It never rejects: an
   * outcome has a `file`, or an `error` with the codes of `upload`
   * @example
   * ```ts
   * const outcomes = await storage.uploadAll(input.files, { category: 'images' });
   * for (const { file, error } of outcomes) console.log(file ? file.id : error.code);
   * ```
   */
  uploadAll(items: Iterable<BatchItem>, options?: BatchOptions): BatchTask;

  /**
   * Downloads a file. Where a connection breaks, the body continues from there.
   *
   * @param fileId id of the file
   * @returns a standard `Response` with status 200, `Content-Type` and `Content-Length`; its body is requested when it is first
   * read, and a failure then rejects the read
   * @throws `file/not-found`, `file/access-denied`, `client/storage-refused`
   * @example
   * ```ts
   * const response = await storage.download(id);
   * image.src = URL.createObjectURL(await response.blob());
   * ```
   */
  download(fileId: string, options?: DownloadOptions): Promise<Response>;

  /**
   * Signs a URL that needs no key and no token.
   *
   * @param fileId id of the file
   * @param options `expiresIn` in seconds, 60 to 604,800; `disposition`
   * @returns the URL, its expiry, and the file's name, type and size in bytes
   * @throws `file/not-found`, `file/access-denied`
   * @example
   * ```ts
   * const { url } = await storage.downloadUrl(id, { expiresIn: 600, disposition: 'inline' });
   * ```
   */
  downloadUrl(fileId: string, options?: wire.DownloadUrlOptions & CallOptions): Promise<wire.DownloadUrl>;

  /**
   * Reads one file's record.
   *
   * @param fileId id of the file
   * @throws `file/not-found`, `file/access-denied`
   * @example
   * ```ts
   * const { originalName, size } = await storage.get(id);
   * ```
   */
  get(fileId: string, options?: CallOptions): Promise<wire.StoredFile>;

  /**
   * Lists all files that match, and reads the next page when it is needed.
   *
   * @param filter conditions and order; default: all visible files, the newest first
   * @returns an iterator over the files
   * @example
   * ```ts
   * for await (const { originalName } of storage.list({ mimeType: 'image/*', search: 'trip' }))
   *   console.log(originalName);
   * ```
   */
  list(filter?: wire.FileFilter & CallOptions): AsyncIterableIterator<wire.StoredFile>;

  /**
   * Lists one page of files.
   *
   * @param request conditions, order, and `page` or `cursor`; `limit` is 1 to 100 files, with `cursor` to 1,000, default 20
   * @returns the files, the total, and the cursor of the next page
   * @example
   * ```ts
   * const { items, pagination } = await storage.listPage({ page: 2, limit: 50 });
   * ```
   */
  listPage(request?: wire.PageRequest & CallOptions): Promise<wire.FilePage>;

  /**
   * Counts the categories, visibilities, types, tags and months of the files of a list.
   *
   * @param filter conditions, as of `list`; default: all visible files
   * @returns the values of each, with the number of files that have them
   * @throws `file/invalid-folder`
   * @example
   * ```ts
   * const { tag } = await storage.facets({ category: 'images' });
   * for (const { value, files } of tag) console.log(value, files);
   * ```
   */
  facets(filter?: wire.FileFilter & CallOptions): Promise<wire.Facets>;

  /**
   * Lists the folders in a folder, and reads the next page of 100 when it is needed.
   *
   * @param filter `parent`, default the root; `mine`, `trash`
   * @returns an iterator over the folders of files that the caller may read, and those that the caller keeps
   * @throws `file/invalid-folder`
   * @example
   * ```ts
   * for await (const { name, files } of storage.listFolders({ parent: 'trips' })) console.log(name, files);
   * ```
   */
  listFolders(filter?: wire.FolderFilter & CallOptions): AsyncIterableIterator<wire.Folder>;

  /**
   * Keeps a folder while it is empty. A folder that has files needs no keeping.
   *
   * @param path of names, `trips/2026`
   * @returns the folder, with what the caller may read in it
   * @throws `file/invalid-folder`
   * @example
   * ```ts
   * await storage.keepFolder('trips/2027');
   * ```
   */
  keepFolder(path: string, options?: CallOptions): Promise<wire.Folder>;

  /**
   * Gives a folder another path: moves its files and all below it, and waits until that is done. It goes on in the background:
   * aborting ends the waiting alone. Moves the caller's own files, and for admins those of all owners.
   *
   * @param from path of the folder
   * @param to path that it gets; files may lie there already
   * @returns the operation at its end; `failed` counts files whose path would be too long
   * @throws `file/invalid-folder`, `common/invalid-parameters` when one of the folders lies in the other
   * @example
   * ```ts
   * await storage.moveFolder('trips/2026', 'archive/2026', {
   *   onProgress: ({ done, total }) => console.log(done, total),
   * });
   * ```
   */
  moveFolder(from: string, to: string, options?: OperationOptions): Promise<wire.Operation>;

  /**
   * Deletes a folder: its files and all below it, for good or into the trash, and waits as `moveFolder` does.
   *
   * @param path of the folder
   * @param options `trash: true` puts the files into the trash
   * @returns the operation at its end
   * @throws `file/invalid-folder`
   * @example
   * ```ts
   * await storage.deleteFolder('trips/2026', { trash: true });
   * ```
   */
  deleteFolder(path: string, options?: OperationOptions & { trash?: boolean }): Promise<wire.Operation>;

  /**
   * Deletes all files of a user for good, those in the trash as well, and waits as `moveFolder` does. For admins.
   *
   * @param userId id of the user, as the tokens' `sub` has it
   * @returns the operation at its end
   * @throws `user/forbidden` without admin rights
   * @example
   * ```ts
   * const { done } = await storage.deleteFilesOfUser('alice');
   * ```
   */
  deleteFilesOfUser(userId: string, options?: OperationOptions): Promise<wire.Operation>;

  /**
   * Waits for the end of an operation, such as one for which waiting was aborted.
   *
   * @param operationId id of the operation, as `onProgress` has it
   * @returns the operation at its end
   * @throws `file/operation-not-found`
   * @example
   * ```ts
   * let operationId = '';
   * const signal = AbortSignal.timeout(1_000);
   * const onProgress = ({ id }: { id: string }) => (operationId = id);
   * await storage.moveFolder('a', 'b', { signal, onProgress }).catch(() => storage.waitForOperation(operationId));
   * ```
   */
  waitForOperation(operationId: string, options?: OperationOptions): Promise<wire.Operation>;

  /**
   * Follows events as they happen: those of the caller's own files, and of files that are shared with the caller; for admins all of
   * the environment. Where the connection breaks, the next one goes on after the last event: none is left out. The iteration
   * has no end of its own; leave the loop, or abort it.
   *
   * @param options `after`: the id of the last event that is known, which an app keeps to go on where it was; default: only events to
   * come. `types`: types of events
   * @returns an iterator over the events, in the order of their ids
   * @throws `common/authentication-required`, `auth/scope-insufficient`, `common/too-many-requests` beyond the caller's open streams
   * @example
   * ```ts
   * let lastId = 0; // kept by the app
   * for await (const { id, type, data } of storage.events({ after: lastId, types: ['file.created', 'file.deleted'] })) {
   *   console.log(type, data.file?.originalName);
   *   lastId = id;
   * }
   * ```
   */
  events(options?: EventOptions): AsyncIterableIterator<wire.StorageEvent>;

  /**
   * Finds positions of a list, so that it can be read from anywhere in it.
   *
   * @param request conditions and order as of the list, and `step`, the number of files from one position to the next
   * @returns cursors for `listPage`, of at most 10,000 files; `nextCursor` reads on
   * @throws `file/invalid-folder`
   * @example
   * ```ts
   * const { cursors } = await storage.positions({ folder: 'trips', step: 100 });
   * const third = await storage.listPage({ folder: 'trips', cursor: cursors[1] });
   * ```
   */
  positions(request: wire.PositionsRequest & CallOptions): Promise<wire.ListPositions>;

  /**
   * Changes a file's name, folder, visibility, category, metadata or users.
   *
   * @param fileId id of the file
   * @param changes fields to change; `metadata` is a JSON merge patch (RFC 7396), in which `null` removes a field
   * @param options `ifMatch`: only while the contents have this ETag
   * @returns the changed file
   * @throws `file/not-found`, `file/access-denied`, `file/invalid-name`, `file/original-name-too-long`, `file/invalid-folder`,
   * `file/invalid-format`, `file/version-conflict`
   * @example
   * ```ts
   * await storage.update(id, { originalName: 'new.jpg', metadata: { alt: null } });
   * const { etag } = await storage.get(id);
   * await storage.update(id, { metadata: { custom: { checked: true } } }, { ifMatch: etag });
   * ```
   */
  update(fileId: string, changes: wire.FileChanges, options?: ChangeOptions): Promise<wire.StoredFile>;

  /**
   * Deletes a file for good, also one in the trash.
   *
   * @param fileId id of the file
   * @param options `ifMatch`: only while the contents have this ETag
   * @throws `file/not-found`, unless an earlier try, whose answer was lost, deleted it; `file/access-denied`,
   * `file/version-conflict`
   * @example
   * ```ts
   * const { etag } = await storage.get(id);
   * await storage.delete(id, { ifMatch: etag });
   * ```
   */
  delete(fileId: string, options?: ChangeOptions): Promise<void>;

  /**
   * Makes one change to many files, up to 1,000 in one request. A file that cannot be changed does not prevent the others.
   *
   * @param files ids, or a filter, which takes those of its files that the caller may change
   * @param set fields to change in each; `addTags` and `removeTags` keep the other tags
   * @param options `expectedTotal` of a filter; `onProgress`
   * @returns the number of changed files, and id and code of the others
   * @throws `file/total-changed`, `file/invalid-folder`
   * @example
   * ```ts
   * const { done } = await storage.updateAll({ folder: 'trips', mine: true }, { addTags: ['2026'] });
   * ```
   */
  updateAll(files: BulkFiles, set: wire.BulkChange, options?: BulkOptions): Promise<wire.BulkOutcome>;

  /**
   * Deletes many files, up to 1,000 in one request. A file that cannot be deleted does not prevent the others.
   *
   * @param files ids, or a filter, which takes those of its files that the caller may delete
   * @param options `trash`: puts them into the trash, instead of deleting them for good; `expectedTotal` of a filter;
   * `onProgress`
   * @returns the number of deleted files, their ids where ids were given, and id and code of the others
   * @throws `file/total-changed`
   * @example
   * ```ts
   * const { failed } = await storage.deleteAll(ids);
   * for (const { id, code } of failed) console.log(id, code);
   * ```
   */
  deleteAll(files: BulkFiles, options?: BulkOptions & { trash?: boolean }): Promise<wire.DeleteOutcome>;

  /**
   * Puts a file into the trash: it cannot be read, and it can be restored until the trash is emptied, by default after 7 days.
   * A file that is there already stays there.
   *
   * @param fileId id of the file
   * @param options `ifMatch`: only while the contents have this ETag
   * @throws `file/not-found`, `file/access-denied`, `file/version-conflict`
   * @example
   * ```ts
   * await storage.trash(id);
   * ```
   */
  trash(fileId: string, options?: ChangeOptions): Promise<void>;

  /**
   * Restores a file from the trash, with its visibility and its users.
   *
   * @param fileId id of the file
   * @param options `ifMatch`: only while the contents have this ETag
   * @returns the file, also when it was not in the trash
   * @throws `file/not-found`, `file/access-denied`, `file/version-conflict`
   * @example
   * ```ts
   * for await (const { id } of storage.list({ trash: true })) await storage.restore(id);
   * ```
   */
  restore(fileId: string, options?: ChangeOptions): Promise<wire.StoredFile>;

  /**
   * Restores many files from the trash, up to 1,000 in one request.
   *
   * @param files ids, or a filter, which takes files of the trash alone
   * @param options `expectedTotal` of a filter; `onProgress`
   * @returns the number of restored files, and id and code of the others
   * @throws `file/total-changed`
   * @example
   * ```ts
   * const { done } = await storage.restoreAll({ folder: 'trips', recursive: true });
   * ```
   */
  restoreAll(files: BulkFiles, options?: BulkOptions): Promise<wire.BulkOutcome>;

  /**
   * Deletes for good what is in the trash.
   *
   * @param scope `caller` (default) empties the caller's own trash; `tenant` that of all owners, for admins
   * @returns the number of files that were deleted, and of those that are deleted in the background
   * @throws `file/access-denied` for `tenant` without admin rights
   * @example
   * ```ts
   * const { done, remaining } = await storage.emptyTrash();
   * ```
   */
  emptyTrash(scope?: 'caller' | 'tenant', options?: CallOptions): Promise<wire.EmptyTrashOutcome>;

  /**
   * Copies a file within storage: a new file of the caller's with the same contents. The request is not repeated when its
   * answer is lost, since that could make two.
   *
   * @param fileId id of the file
   * @param description name, folder and visibility of the copy
   * @returns the copy
   * @throws `file/not-found`, `file/access-denied`, `file/invalid-name`, `file/original-name-too-long`,
   * `file/invalid-folder`, `file/file-too-large`, `file/too-many-open-uploads`
   * @example
   * ```ts
   * const draft = await storage.copy(id, { originalName: 'draft.md' });
   * ```
   */
  copy(fileId: string, description?: wire.CopyDescription, options?: CallOptions): Promise<wire.StoredFile>;

  /**
   * Lists the former contents of a file, the latest first. `upload` with `fileId` makes new ones; what is kept is a setting of
   * the environment.
   *
   * @param fileId id of the file
   * @returns an iterator over the versions
   * @throws `file/not-found`, `file/access-denied`
   * @example
   * ```ts
   * for await (const { versionId, createdAt } of storage.versions(id)) console.log(versionId, createdAt);
   * ```
   */
  versions(fileId: string, options?: CallOptions): AsyncIterableIterator<wire.FileVersion>;

  /**
   * Gives a file the contents of a version again; what it has now becomes a version.
   *
   * @param fileId id of the file
   * @returns the file
   * @throws `file/not-found`, `file/access-denied`, `file/version-not-found`
   * @example
   * ```ts
   * for await (const { version, versionId } of storage.versions(id)) {
   *   if (version === 1) await storage.restoreVersion(id, versionId);
   * }
   * ```
   */
  restoreVersion(fileId: string, versionId: string, options?: CallOptions): Promise<wire.StoredFile>;

  /**
   * Deletes a version of a file.
   *
   * @param fileId id of the file
   * @throws `file/not-found`, `file/access-denied`; `file/version-not-found`, unless an earlier try, whose answer was lost,
   * deleted it
   * @example
   * ```ts
   * for await (const { versionId } of storage.versions(id)) await storage.deleteVersion(id, versionId);
   * ```
   */
  deleteVersion(fileId: string, versionId: string, options?: CallOptions): Promise<void>;

  /**
   * Adds users who may read a `shared` file.
   *
   * @param fileId id of the file
   * @param userIds user ids, as the tokens' `sub` has them
   * @returns ids of all users the file is shared with
   * @throws `file/not-found`, `file/access-denied`
   * @example
   * ```ts
   * const users = await storage.share(id, ['bob', 'carol']);
   * ```
   */
  share(fileId: string, userIds: string | readonly string[], options?: CallOptions): Promise<string[]>;

  /**
   * Removes users from those who may read a `shared` file.
   *
   * @param fileId id of the file
   * @param userIds user ids; default: all
   * @returns ids of the users the file is still shared with
   * @throws `file/not-found`, `file/access-denied`
   * @example
   * ```ts
   * await storage.unshare(id, 'bob');
   * ```
   */
  unshare(fileId: string, userIds?: string | readonly string[], options?: CallOptions): Promise<string[]>;

  /**
   * Counts files and bytes.
   *
   * @param scope `caller` (default) counts the caller's own files; `tenant` counts all files, for admins
   * @returns number of files and bytes, in all, by category, by visibility, and in the trash
   * @throws `file/access-denied` for `tenant` without admin rights
   * @example
   * ```ts
   * const { files, bytes } = await storage.usage();
   * ```
   */
  usage(scope?: 'caller' | 'tenant', options?: CallOptions): Promise<wire.Usage>;

  /**
   * Builds the image URL of a `public` image, without a request.
   *
   * @param image the file, or its key
   * @param options size in pixels, fit, quality, format and filters; default: the original
   * @returns a URL of the images host
   * @throws `client/invalid-input` when neither `imagesUrl`, the file nor the API's port names the images host
   * @example
   * ```ts
   * const file = await storage.get(id);
   * image.src = storage.imageUrl(file, { width: 400, height: 300, fit: 'smart', format: 'webp' });
   * ```
   */
  imageUrl(image: ImageSource, options?: ImageOptions): string;

  /**
   * Builds a `srcset` of a `public` image, without a request.
   *
   * @param image the file, or its key
   * @param options as of `imageUrl`; `widths` in pixels, default 320, 640, 960, 1280 and 1920. With `width` and `height`, each
   * width has a height in the same ratio
   * @returns image URLs with their widths, for the attribute `srcset`
   * @throws `client/invalid-input` when neither `imagesUrl`, the file nor the API's port names the images host
   * @example
   * ```ts
   * const file = await storage.get(id);
   * image.srcset = storage.srcset(file, { widths: [320, 640, 1280] });
   * ```
   */
  srcset(image: ImageSource, options?: ImageOptions & { widths?: readonly number[] | undefined }): string;

  /**
   * Signs an image URL, for an image that is not `public`.
   *
   * @param fileId id of the file
   * @param options as of `imageUrl`; `expiresIn` in seconds, 60 to 604,800
   * @returns the signed image URL and its expiry
   * @throws `file/not-found`, `file/access-denied`, `file/invalid-format` when the file is no image
   * @example
   * ```ts
   * const { url } = await storage.signedImageUrl(id, { width: 400, expiresIn: 600 });
   * image.src = url;
   * ```
   */
  signedImageUrl(
    fileId: string,
    options?: ImageOptions & Pick<wire.DownloadUrlOptions, 'expiresIn'> & CallOptions,
  ): Promise<wire.SignedImageUrl>;
}

/** The object that `createStorage` returns. Other entries of this package call the API through `api` where it has no method. */
export interface OpenStorage extends Storage {
  readonly api: Api;
}
