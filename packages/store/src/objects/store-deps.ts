import type { BlobDirectory } from '../blobs/blob-directory.ts';
import type { BlobPurger } from '../blobs/blob-purger.ts';
import type { SlabPool } from '../blobs/blob-writer.ts';
import type { DigestThread } from '../checksums/digests.ts';
import type { StoreIndex } from '../index/store-index.ts';
import type { StoreHealth } from './store-health.ts';

/** Parts of the store that the verbs over buckets, objects and uploads use. */
export interface StoreDeps {
  readonly index: StoreIndex;
  readonly blobs: BlobDirectory;
  readonly digestThread: DigestThread;
  readonly slabs: SlabPool;
  readonly purger: BlobPurger;
  readonly health: StoreHealth;
  readonly clock: () => Date;
}
