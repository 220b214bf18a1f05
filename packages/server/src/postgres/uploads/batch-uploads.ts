import { StorageError } from '@bkend/storage-contract';
import { batch } from '../../batch.ts';

/**
 * Batches concurrent calls about uploads: those that arrive while a statement is on its way share the next one, and so one
 * commit. A statement that the database refuses for one upload, for its values or a quota, is repeated for each half of them.
 * @param run one statement; resolves with a result for each upload, in order
 */
export function batchUploads<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
): (item: Item) => Promise<Result> {
  return batch({
    maxItems: 500,
    maxInFlight: 2,
    run,
    isOneItemsFault: (error) => !(error instanceof StorageError && error.code === 'common/unavailable'),
  });
}
