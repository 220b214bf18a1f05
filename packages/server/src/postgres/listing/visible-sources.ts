import { type OwnerType, type Visibility, visibilities } from '@bkend/storage-contract';
import { ownerFor } from '../../files/access.ts';
import type { FileFilter } from '../../files/listing/listing.ts';
import type { Caller } from '../../identity/caller.ts';
import { type StoredVisibility, trashed, unscanned } from '../files/file-row.ts';

/**
 * The access rules of lists, in SQL (`docs/http-api.md`, Access). `files/access.ts` has the same rules for one file; a property
 * test holds the two equal.
 */

/** A set of files that one index has together, in every order of a list. */
export type FileSource =
  /** The tenant's files of these visibilities. */
  | { readonly kind: 'tenant'; readonly visibilities: readonly StoredVisibility[] }
  /** One owner's files of these visibilities; without `ownerType`, those of every owner with this id. */
  | {
      readonly kind: 'owner';
      readonly ownerId: string;
      readonly ownerType?: OwnerType;
      readonly visibilities: readonly StoredVisibility[];
    }
  /** Files shared with this user by others; with `ownerId`, by owners with this id alone. */
  | { readonly kind: 'shared'; readonly userId: string; readonly ownerId?: string };

/**
 * The files of the caller's tenant that the caller may see, narrowed to a visibility, an owner or the caller's own, as disjoint
 * sources: a list merges them, a count adds them up. The trash is a visibility of its own, which only owner and admins see; so is
 * the time before a scan, which no filter by visibility finds.
 */
export function visibleSources(
  caller: Caller,
  filter: Pick<FileFilter, 'trash' | 'visibility' | 'ownerId' | 'isOwn'> = {},
): FileSource[] {
  const { ownerId } = filter;
  const isWanted = (visibility: Visibility) =>
    filter.visibility === undefined || filter.visibility === visibility;
  const before: StoredVisibility[] = filter.visibility === undefined ? [unscanned] : [];
  if (filter.isOwn === true) {
    return ownSources(
      caller,
      ownerId,
      filter.trash === true ? [trashed] : [...visibilities.filter(isWanted), ...before],
    );
  }
  if (filter.trash === true) return trashSources(caller, ownerId);
  const open = visibleToAll(caller);
  const whose = ownerId === undefined ? ({ kind: 'tenant' } as const) : ({ kind: 'owner', ownerId } as const);
  const sources: FileSource[] = [
    { ...whose, visibilities: [...open.filter(isWanted), ...(caller.kind === 'admin' ? before : [])] },
  ];
  if (caller.kind === 'user') {
    const { userId } = caller;
    const others = visibilities.filter((each) => !open.includes(each)).filter(isWanted);
    if (ownerId === undefined || ownerId === userId) {
      sources.push({
        kind: 'owner',
        ownerId: userId,
        ownerType: 'user',
        visibilities: [...others, ...before],
      });
    }
    if (isWanted('shared'))
      sources.push({ kind: 'shared', userId, ...(ownerId !== undefined && { ownerId }) });
  }
  return sources.filter(holdsAny);
}

/** The files that the caller may change: its own, and for admins all; narrowed as {@link visibleSources} is. */
export function manageableSources(caller: Caller, filter: FileFilter): FileSource[] {
  return visibleSources(caller, caller.kind === 'admin' ? filter : { ...filter, isOwn: true });
}

function trashSources(caller: Caller, ownerId: string | undefined): FileSource[] {
  const inTrash = { visibilities: [trashed] } as const;
  switch (caller.kind) {
    case 'admin':
      return [
        ownerId === undefined ? { kind: 'tenant', ...inTrash } : { kind: 'owner', ownerId, ...inTrash },
      ];
    case 'user': {
      const { userId } = caller;
      const isOwn = ownerId === undefined || ownerId === userId;
      return isOwn ? [{ kind: 'owner', ownerId: userId, ownerType: 'user', ...inTrash }] : [];
    }
    case 'guest':
      return [];
  }
}

/** The caller's own files; none where another owner's are asked for. A guest has none. */
function ownSources(
  caller: Caller,
  ownerId: string | undefined,
  wanted: readonly StoredVisibility[],
): FileSource[] {
  if (caller.kind === 'guest') return [];
  const own = ownerFor(caller);
  if (ownerId !== undefined && ownerId !== own.ownerId) return [];
  return [{ kind: 'owner', ...own, visibilities: wanted } as const].filter(holdsAny);
}

/** The visibilities that a caller of this kind sees of every owner. */
function visibleToAll(caller: Caller): readonly Visibility[] {
  switch (caller.kind) {
    case 'admin':
      return visibilities;
    case 'user':
      return ['public', 'protected'];
    case 'guest':
      return ['public'];
  }
}

function holdsAny(source: FileSource): boolean {
  return source.kind === 'shared' || source.visibilities.length > 0;
}
