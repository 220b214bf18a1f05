import { useCallback, useEffect, useRef, useState } from 'react';
import type { StorageError } from '../storage-error.ts';
import type { PageRequest, StoredFile } from '../wire.ts';
import { useStorage } from './storage-provider.ts';

/** Conditions and order of the list, and files a page. */
export type UseFilesOptions = Omit<PageRequest, 'page' | 'cursor'>;

/** The pages of a list that have been read. */
export interface FilesState {
  /** Files of all pages read. */
  files: StoredFile[];
  /** Number of files on all pages; undefined before the first page is read. */
  total: number | undefined;
  /** Whether a page is being read. `files` keeps its value until then. */
  isLoading: boolean;
  /** Error of the last read; undefined after a success. */
  error: StorageError | undefined;
  /** Whether there is a next page. */
  hasMore: boolean;
  /** Reads the next page, if there is one and none is being read. */
  loadMore(): void;
  /** Reads the first page again; call it after an upload. */
  refresh(): void;
}

type Read = Pick<FilesState, 'files' | 'total' | 'isLoading' | 'error'> & { nextCursor?: string | undefined };

const nothing: Read = { files: [], total: undefined, isLoading: true, error: undefined };

/**
 * Lists files page by page, and starts again when the filter changes.
 *
 * @param filter conditions and order; `limit` is 1 to 100 files a page, default 20
 * @returns the files read so far, the total, and how to read more
 * @example
 * ```tsx
 * import { useFiles } from '@bkend/storage/react';
 *
 * export function Names() {
 *   const { files, hasMore, loadMore } = useFiles({ mimeType: 'image/*' });
 *   return (
 *     <>
 *       {files.map(({ id, originalName }) => <p key={id}>{originalName}</p>)}
 *       {hasMore && <button onClick={loadMore}>More</button>}
 *     </>
 *   );
 * }
 * ```
 */
export function useFiles(filter: UseFilesOptions = {}): FilesState {
  const storage = useStorage();
  const [read, setRead] = useState(nothing);
  const reading = useRef<AbortController>(undefined);
  // Compared by content: a component makes a new object at each render.
  const query = JSON.stringify(filter);

  const readPage = useCallback(
    async (before: readonly StoredFile[], cursor?: string) => {
      reading.current?.abort();
      const own = new AbortController();
      reading.current = own;
      const { signal } = own;
      const change = (changes: Partial<Read>) => {
        if (!signal.aborted) setRead((last) => ({ ...last, error: undefined, isLoading: false, ...changes }));
      };
      change({ isLoading: true });
      try {
        const filter: UseFilesOptions = JSON.parse(query);
        const { items, pagination } = await storage.listPage({
          ...filter,
          ...(cursor && { cursor }),
          signal,
        });
        const { total, nextCursor } = pagination;
        change({ files: [...before, ...items], total, nextCursor });
      } catch (error) {
        // The client rejects with StorageError only.
        change({ error: error as StorageError });
      }
    },
    [storage, query],
  );
  const refresh = useCallback(() => void readPage([]), [readPage]);
  useEffect(() => {
    refresh();
    return () => reading.current?.abort();
  }, [refresh]);

  const { nextCursor, ...shown } = read;
  const loadMore = () => {
    if (nextCursor && !read.isLoading) void readPage(read.files, nextCursor);
  };
  return { ...shown, hasMore: nextCursor !== undefined, loadMore, refresh };
}
