import { S3Error } from '../errors/s3-error.ts';
import { bucketKey, objectKey } from '../index/keys.ts';
import { dropObjectReferences } from './blob-references.ts';
import type { StoreDeps } from './store-deps.ts';
import { checkWriteConditions, type WriteConditions } from './write-conditions.ts';

export interface ObjectToDelete {
  readonly key: string;
  readonly conditions?: WriteConditions;
}

/** Outcome for one key: gone (or never there), or refused. */
type DeletionOutcome = { readonly key: string; readonly error?: S3Error };

/**
 * Deletes objects in one commit. Deleting what is not there is no error.
 *
 * @throws S3Error `NoSuchBucket`, `InsufficientStorage`, `ServiceUnavailable`
 */
export async function deleteObjects(
  deps: StoreDeps,
  bucket: string,
  objects: readonly ObjectToDelete[],
): Promise<DeletionOutcome[]> {
  deps.health.assertWritable();
  const { tables } = deps.index;
  const { outcomes, forgotten } = await deps.health.guard(() =>
    deps.index.mutate((transaction) => {
      if (transaction.get(tables.buckets, bucketKey(bucket)) === undefined) {
        throw new S3Error('NoSuchBucket', undefined, { BucketName: bucket });
      }
      const forgotten: string[] = [];
      const outcomes = objects.map(({ key, conditions = {} }): DeletionOutcome => {
        const at = objectKey(bucket, key);
        const existing = transaction.get(tables.objects, at);
        const error = findFailedCondition(() => checkWriteConditions(conditions, existing));
        if (error !== undefined) return { key, error };
        if (existing !== undefined) {
          transaction.remove(tables.objects, at);
          forgotten.push(...dropObjectReferences(deps, transaction, existing));
        }
        return { key };
      });
      return { outcomes, forgotten };
    }),
  );
  deps.purger.purge(forgotten);
  return outcomes;
}

function findFailedCondition(check: () => void): S3Error | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof S3Error) return error;
    throw error;
  }
}
