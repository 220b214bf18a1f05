import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';

/** Every path of the console is written and read here. */

export const sortOrders = {
  newest: { sortBy: 'createdAt', sortDirection: 'desc' },
  oldest: { sortBy: 'createdAt', sortDirection: 'asc' },
  nameUp: { sortBy: 'originalName', sortDirection: 'asc' },
  nameDown: { sortBy: 'originalName', sortDirection: 'desc' },
  largest: { sortBy: 'size', sortDirection: 'desc' },
  smallest: { sortBy: 'size', sortDirection: 'asc' },
} as const;
export type SortOrder = keyof typeof sortOrders;

export interface EnvironmentRef {
  readonly project: string;
  readonly environment: string;
}

/** State of the lists of files and of the trash. */
export interface FilesState {
  /** Empty for the root. */
  readonly folder: string;
  /** Empty for no search. */
  readonly search: string;
  readonly sort: SortOrder;
  /** Id of the file whose details are open. */
  readonly fileId?: string | undefined;
}

export type Route =
  | { readonly screen: 'start' }
  | ({ readonly screen: 'files' | 'trash' } & EnvironmentRef & { readonly state: FilesState })
  | { readonly screen: 'unknown' };

const listPattern = /^\/p\/([a-z][a-z0-9-]*)\/([a-z][a-z0-9-]*)\/(files|trash)\/?$/;
const firstState: FilesState = { folder: '', search: '', sort: 'newest' };

function readRoute(path: string, search: string): Route {
  if (path === '/' || path === '') return { screen: 'start' };
  const [, project, environment, screen] = listPattern.exec(path) ?? [];
  if (project === undefined || environment === undefined) return { screen: 'unknown' };
  const query = new URLSearchParams(search);
  const sort = query.get('sort') ?? '';
  return {
    screen: screen === 'trash' ? 'trash' : 'files',
    ...{ project, environment },
    state: {
      folder: query.get('folder') ?? '',
      search: query.get('q') ?? '',
      sort: Object.hasOwn(sortOrders, sort) ? (sort as SortOrder) : firstState.sort,
      fileId: query.get('file') ?? undefined,
    },
  };
}

export function filesPath(
  screen: 'files' | 'trash',
  { project, environment }: EnvironmentRef,
  state: Partial<FilesState> = {},
): string {
  const { folder = '', search = '', sort = firstState.sort, fileId = '' } = state;
  const query = new URLSearchParams();
  if (folder !== '') query.set('folder', folder);
  if (search !== '') query.set('q', search);
  if (sort !== firstState.sort) query.set('sort', sort);
  if (fileId !== '') query.set('file', fileId);
  const text = query.toString();
  return `/p/${project}/${environment}/${screen}${text === '' ? '' : `?${text}`}`;
}

export function useRoute(): Route {
  const [path] = useLocation();
  const search = useSearch();
  return useMemo(() => readRoute(path, search), [path, search]);
}

/** Goes to a path; `replace` keeps the entry of the history, for details and typing. */
export function useGo(): (path: string, options?: { readonly replace?: boolean }) => void {
  const [, navigate] = useLocation();
  return useCallback((path, options) => navigate(path, { replace: options?.replace ?? false }), [navigate]);
}
