import type { Folder, StoredFile } from '@bkend/storage';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { type EnvironmentRef, type FilesState, sortOrders } from '../routes.ts';
import { consoleApi } from './console-api.ts';
import { storageOf } from './storage.ts';

/** Every request for data of the service is made here; its key begins with the environment. */

const pageFiles = 100;
const maxFolders = 500;
/** Signed image URLs are good for an hour. */
const thumbnailLifeMs = 50 * 60_000;
const thumbnailSide = 400;

const keyOf = ({ project, environment }: EnvironmentRef, ...rest: readonly unknown[]) =>
  ['tenant', project, environment, ...rest] as const;

/** Environments that the operator may open. */
export function useEnvironments(isWanted: boolean) {
  return useQuery({
    queryKey: ['environments'],
    enabled: isWanted,
    queryFn: () => consoleApi.listEnvironments(),
  });
}

/** Files of a folder, of a search below it, or of the trash: one page, and the next when it is asked for. */
export function useFiles(ref: EnvironmentRef, screen: 'files' | 'trash', state: FilesState) {
  const { folder, search, sort } = state;
  const isTrash = screen === 'trash';
  return useInfiniteQuery({
    queryKey: keyOf(ref, 'files', screen, isTrash ? '' : folder, search, sort),
    queryFn: ({ pageParam, signal }) =>
      storageOf(ref).listPage({
        ...sortOrders[sort],
        ...(isTrash
          ? { trash: true }
          : search === ''
            ? { folder }
            : folder === ''
              ? {}
              : { folder, recursive: true }),
        ...(search !== '' && { search }),
        limit: pageFiles,
        ...(pageParam !== '' && { cursor: pageParam }),
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ pagination }) => pagination.nextCursor,
  });
}

/** The folders directly in a folder. */
export function useFolders(ref: EnvironmentRef, parent: string, isWanted: boolean) {
  return useQuery({
    queryKey: keyOf(ref, 'folders', parent),
    enabled: isWanted,
    queryFn: async ({ signal }) => {
      const folders: Folder[] = [];
      for await (const folder of storageOf(ref).listFolders({ ...(parent !== '' && { parent }), signal })) {
        folders.push(folder);
        if (folders.length === maxFolders) break;
      }
      return folders;
    },
  });
}

export function useFile(ref: EnvironmentRef, fileId: string) {
  return useQuery({
    queryKey: keyOf(ref, 'file', fileId),
    queryFn: ({ signal }) => storageOf(ref).get(fileId, { signal }),
    retry: false,
  });
}

/** Whether the images host makes renditions of a type. */
export function hasThumbnail({ mimeType }: Pick<StoredFile, 'mimeType'>): boolean {
  return /^image\/(?:jpeg|png|gif|webp|avif|tiff|svg\+xml|hei[cf]|(?:x-(?:ms-)?)?bmp|x-icon|vnd\.microsoft\.icon)(?:;|$)/.test(
    mimeType,
  );
}

/** The URL of a small rendition of an image: a plain one of a public file, otherwise a signed one. */
export function useThumbnail(ref: EnvironmentRef, file: StoredFile, isWanted: boolean): string | undefined {
  const side = { width: thumbnailSide, height: thumbnailSide };
  const isPublic = file.url !== undefined && file.deletedAt === undefined;
  const signed = useQuery({
    queryKey: keyOf(ref, 'thumbnail', file.id, file.etag),
    enabled: isWanted && !isPublic && hasThumbnail(file) && file.deletedAt === undefined,
    queryFn: async ({ signal }) => (await storageOf(ref).signedImageUrl(file.id, { ...side, signal })).url,
    staleTime: thumbnailLifeMs,
    retry: false,
  });
  if (!isWanted || !hasThumbnail(file)) return undefined;
  return isPublic ? storageOf(ref).imageUrl(file, side) : signed.data;
}

/** Reads the lists and files of an environment again, after a change. */
export function useRefresh(ref: EnvironmentRef): () => void {
  const client = useQueryClient();
  const { project, environment } = ref;
  return useCallback(() => {
    const changed = new Set(['files', 'folders', 'file']);
    void client.invalidateQueries({
      predicate: ({ queryKey: [kind, itsProject, itsEnvironment, what] }) =>
        kind === 'tenant' &&
        itsProject === project &&
        itsEnvironment === environment &&
        changed.has(String(what)),
    });
  }, [client, project, environment]);
}
