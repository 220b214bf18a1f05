import type { BlobDirectory } from '../disk/blob-directory.ts';
import type { DigestThread } from '../disk/digest-thread.ts';
import type { SlabPool } from '../disk/slab-pool.ts';
import type { StoreIndex } from '../index/store-index.ts';
import type { BlobPurger } from './blob-purger.ts';
import type { StoreHealth } from './store-health.ts';

/** What every verb over buckets, objects and uploads works with. */
export interface StoreDeps {
  readonly index: StoreIndex;
  readonly blobs: BlobDirectory;
  readonly digestThread: DigestThread;
  readonly slabs: SlabPool;
  readonly purger: BlobPurger;
  readonly health: StoreHealth;
  readonly clock: () => Date;
}
