import { type Visibility, visibilities } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { FileFilter } from '../files/ports.ts';
import type { Caller } from '../identity/caller.ts';

/**
 * Who sees what: the contract's section 5, in SQL. `files/access.ts` says the same of one file; a property test holds
 * the two equal.
 */

/** Files that one index holds together, in every order they can be listed in. */
export type FileSource =
  /** All of these visibilities. */
  | { readonly kind: 'tenant'; readonly visibilities: readonly Visibility[] }
  /** All of one owner's, of these visibilities. */
  | { readonly kind: 'owner'; readonly ownerId: string; readonly visibilities: readonly Visibility[] }
  /** All that are shared with this user, or only one owner's. */
  | { readonly kind: 'shared'; readonly userId: string; readonly ownerId?: string };

/**
 * The files of the caller's tenant that the caller may see, narrowed to a visibility or an owner, as sources that have
 * no file in common: to list is to merge them, to count is to add.
 */
export function visibleSources(
  caller: Caller,
  filter: Pick<FileFilter, 'visibility' | 'ownerId'> = {},
): FileSource[] {
  const { ownerId } = filter;
  const isWanted = (visibility: Visibility) =>
    filter.visibility === undefined || filter.visibility === visibility;

  if (ownerId === undefined) {
    const everybodys = { kind: 'tenant', visibilities: visibleToAll(caller).filter(isWanted) } as const;
    if (caller.kind !== 'user') return [everybodys].filter(holdsAny);
    const own = {
      kind: 'owner',
      ownerId: caller.userId,
      visibilities: visibilities.filter((each) => !visibleToAll(caller).includes(each)).filter(isWanted),
    } as const;
    const shared = { kind: 'shared', userId: caller.userId } as const;
    return [everybodys, own, ...(isWanted('shared') ? [shared] : [])].filter(holdsAny);
  }

  const isOwn = caller.kind === 'user' && caller.userId === ownerId;
  const theirs = {
    kind: 'owner',
    ownerId,
    visibilities: (isOwn ? visibilities : visibleToAll(caller)).filter(isWanted),
  } as const;
  if (caller.kind !== 'user' || isOwn || !isWanted('shared')) return [theirs].filter(holdsAny);
  return [theirs, { kind: 'shared', userId: caller.userId, ownerId } as const].filter(holdsAny);
}

/** What a caller of this kind sees whosever it is. */
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

/** Whether the caller may change and remove what belongs to `ownerId`, a column. */
export function isManageable(caller: Caller, ownerId: RawBuilder<string>): RawBuilder<boolean> {
  switch (caller.kind) {
    case 'admin':
      return sql`true`;
    case 'user':
      return sql`${ownerId} = ${caller.userId}`;
    case 'guest':
      return sql`false`;
  }
}
