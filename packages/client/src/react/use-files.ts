import { useCallback, useEffect, useRef, useState } from 'react';
import type { StorageError } from '../storage-error.ts';
import type { PageRequest, StoredFile } from '../wire.ts';
import { useStorage } from './storage-provider.ts';

/** Which files, in which order, and how many a page. */
export type UseFilesOptions = Omit<PageRequest, 'page' | 'cursor'>;

/** The files that match, as far as they have been read. */
export interface FilesState {
  files: StoredFile[];
  /** How many match; undefined before the first page has come. */
  total: number | undefined;
  /** Whether a page is being read. Until it has come, the files before stay as they are. */
  isLoading: boolean;
  /** Why the last page could not be read. */
  error: StorageError | undefined;
  hasMore: boolean;
  /** Reads the next page, if there is one and none is being read. */
  loadMore(): void;
  /** Begins again with the first page, as after an upload. */
  refresh(): void;
}

type Read = Pick<FilesState, 'files' | 'total' | 'isLoading' | 'error'> & { nextCursor?: string | undefined };

const nothing: Read = { files: [], total: undefined, isLoading: true, error: undefined };

/** Lists files page by page, and begins again when the filter changes. */
export function useFiles(filter: UseFilesOptions = {}): FilesState {
  const storage = useStorage();
  const [read, setRead] = useState(nothing);
  const reading = useRef<AbortController>(undefined);
  // An equal filter is the same filter, however often a component writes it down.
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
        // Whatever the client rejects with is a StorageError.
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
