import type { Trash } from '../files/ports.ts';
import type { Tenant } from '../identity/tenant.ts';

/** A trash that a client has asked to be emptied, while files are left in it. */
export interface TrashEmptying {
  readonly trash: Trash;
  /** Files that were put there later stay. */
  readonly trashedBy: Date;
}

/** Emptying of the trash, in all tenants. */
export interface TrashCollection {
  findEmptyings(): Promise<TrashEmptying[]>;
  /** Ends an emptying, unless the client has asked again since. */
  finishEmptying(emptying: TrashEmptying): Promise<void>;
  /** Every tenant with files in the trash. */
  findTenants(): Promise<Tenant[]>;
  /** Removes files that were put there by an instant, and queues the purge of their bytes. @returns their number */
  remove(request: TrashEmptying & { readonly limit: number }): Promise<number>;
}
