import type { Tenant } from '../../identity/tenant.ts';
import type { ImportEntry } from './import-entry.ts';
import type { ImportRepository } from './import-ports.ts';
import type { ImportIdentity } from './plan-import.ts';

/** An entry with the id and key that its file will have. */
export type IdentifiedEntry = Extract<ImportEntry, { record: unknown }> & {
  readonly identity: ImportIdentity;
};

/** Outcome of the comparison of an entry with the files that there are. */
type Finding = 'missing' | 'present' | 'twins' | 'taken';

/**
 * Compares entries with the files of a tenant and with each other.
 * @returns the `missing`, which no file has the id or key of; those that are `present`; `twins`, which have the id or key of an
 * entry before; and those whose id or key is `taken` by a file that has another one of the other. Each in their order.
 */
export async function findMissing(
  imports: Pick<ImportRepository, 'findExisting'>,
  tenant: Tenant,
  entries: readonly IdentifiedEntry[],
): Promise<Readonly<Record<Finding, IdentifiedEntry[]>>> {
  const known = new Known(
    await imports.findExisting(tenant, {
      ids: entries.map(({ identity }) => identity.id),
      keys: entries.flatMap(({ identity }) => identity.givenKey ?? []),
    }),
  );
  const found: Record<Finding, IdentifiedEntry[]> = { missing: [], present: [], twins: [], taken: [] };
  for (const entry of entries) found[known.find(entry)].push(entry);
  return found;
}

/** Ids and keys that are taken, by files or by entries before. */
class Known {
  readonly #keysById = new Map<string, string | undefined>();
  readonly #idsByKey = new Map<string, string>();
  readonly #inBatch = new Set<string>();

  constructor(files: readonly { readonly id: string; readonly key: string }[]) {
    for (const { id, key } of files) this.#add(id, key);
  }

  #add(id: string, key: string | undefined): void {
    this.#keysById.set(id, key);
    if (key !== undefined) this.#idsByKey.set(key, id);
  }

  find({ record, identity: { id, givenKey } }: IdentifiedEntry): Finding {
    const idOfKey = givenKey === undefined ? undefined : this.#idsByKey.get(givenKey);
    const isById = idOfKey === undefined && this.#keysById.has(id);
    if (idOfKey === undefined && !isById) {
      this.#add(id, givenKey);
      this.#inBatch.add(id);
      return 'missing';
    }
    const isSame = isById ? givenKey === undefined : idOfKey === id || record.id === undefined;
    if (!isSame) return 'taken';
    return this.#inBatch.has(idOfKey ?? id) ? 'twins' : 'present';
  }
}
