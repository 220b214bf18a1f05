import type { ObjectStore } from '../../files/object-store.ts';

/** A bucket that files are imported from. */
export interface ForeignBucket {
  readonly name: string;
  readonly objects: Pick<ObjectStore, 'listObjects' | 'head' | 'get'>;
  /** Whether the service's own store has it, and may copy from it. */
  readonly isOfOwnStore: boolean;
}
