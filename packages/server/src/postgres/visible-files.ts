import { type OwnerType, type Visibility, visibilities } from '@bkend/storage-contract';
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
  /** All of one owner's, of these visibilities; without `ownerType`, of every owner of this id. */
  | {
      readonly kind: 'owner';
      readonly ownerId: string;
      readonly ownerType?: OwnerType;
      readonly visibilities: readonly Visibility[];
    }
  /** All that are shared with this user and not the user's own, or of these only those of one owner's id. */
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
  const open = visibleToAll(caller);
  const whose = ownerId === undefined ? ({ kind: 'tenant' } as const) : ({ kind: 'owner', ownerId } as const);
  const sources: FileSource[] = [{ ...whose, visibilities: open.filter(isWanted) }];
  if (caller.kind === 'user') {
    const { userId } = caller;
    const others = visibilities.filter((each) => !open.includes(each)).filter(isWanted);
    if (ownerId === undefined || ownerId === userId) {
      sources.push({ kind: 'owner', ownerId: userId, ownerType: 'user', visibilities: others });
    }
    if (isWanted('shared'))
      sources.push({ kind: 'shared', userId, ...(ownerId !== undefined && { ownerId }) });
  }
  return sources.filter(holdsAny);
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

/** Whether the caller may change and remove a row of this table: of `files`, say, or of `uploads`. */
export function isManageable(caller: Caller, table: 'files' | 'uploads'): RawBuilder<boolean> {
  switch (caller.kind) {
    case 'admin':
      return sql`true`;
    case 'user':
      return sql`(${sql.ref(`${table}.owner_id`)} = ${caller.userId} and ${sql.ref(`${table}.owner_type`)} = 'user')`;
    case 'guest':
      return sql`false`;
  }
}
