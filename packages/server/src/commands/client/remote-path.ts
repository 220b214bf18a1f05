/** Marks a path of the service, where an argument could also be something else. */
export const remotePrefix = 'bkend:';

/** Splits a path of the service, `trips/2026/beach.jpg`, into its folder and the name; an empty name means the folder itself. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const segments = withoutPrefix(path).replace(/^\/+/, '').split('/');
  return { folder: segments.slice(0, -1).join('/'), name: segments.at(-1) ?? '' };
}

/** The folder that an argument names: `trips/2026`, `bkend:trips/2026/`; `/` and `bkend:/` are the root. */
export function folderOf(argument: string): string {
  return withoutPrefix(argument).replace(/^\/+|\/+$/g, '');
}

/** The folder and name of a file as one path. */
export function pathOf({
  folder,
  originalName,
}: {
  readonly folder: string;
  readonly originalName: string;
}): string {
  return folder === '' ? originalName : `${folder}/${originalName}`;
}

/** The folder of a file, for a path relative to the given one. */
export function joinFolder(folder: string, path: string): string {
  const parent = path.split('/').slice(0, -1).join('/');
  return [folder, parent].filter(Boolean).join('/');
}

/** The folders that a path lies in: of `a/b/c` these are `a` and `a/b`. */
export function foldersAbove(path: string): string[] {
  const names = path.split('/');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'));
}

function withoutPrefix(path: string): string {
  return path.startsWith(remotePrefix) ? path.slice(remotePrefix.length) : path;
}
