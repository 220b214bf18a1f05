import type { Caller } from '../../identity/caller.ts';
import type { Owner } from '../file.ts';

/** A folder as a caller sees it. Files and bytes are those that lie directly inside, of the files that the caller may see. */
export interface Folder {
  /** `trips/2026`; never the root. */
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  /** Whether the caller sees a folder inside. */
  readonly hasChildren: boolean;
}

export interface FolderPageRequest {
  /** The path of the folder whose children are listed; '' for the root. */
  readonly parent: string;
  /** Only folders of the caller's own files, and those the caller keeps. */
  readonly mine: boolean;
  /** Folders of files in the trash, in place of those of the others. */
  readonly trash: boolean;
  readonly limit: number;
  /** The page begins with this name or the next… */
  readonly from?: string;
  /** …or behind it. */
  readonly behind?: string;
}

/** Folders: of files, by their totals, and those that are kept while they are empty. A method is one round trip. */
export interface FolderRepository {
  /** One page of a folder's children, in the order of the bytes of their names. */
  list(caller: Caller, request: FolderPageRequest): Promise<Folder[]>;
  /** Keeps a folder for an owner, whether it has files or not; again is the same. */
  keep(
    caller: Caller,
    kept: { readonly path: string; readonly owner: Owner; readonly at: Date },
  ): Promise<void>;
}
