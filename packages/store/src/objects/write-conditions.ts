import { matchesStrongly, matchesWeakly, quoteEtag } from '@bkend/http';
import { S3Error } from '../errors/s3-error.ts';
import type { ObjectRecord } from '../index/records.ts';

/** Conditions on the existing object for a write to happen. Entity tags as the client wrote them. */
export interface WriteConditions {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  /** Seconds since 1970, as dates of HTTP count; NaN matches nothing. Of deletes only. */
  readonly ifModifiedAtSeconds?: number;
  /** For deletes only. */
  readonly ifSizeBytes?: number;
}

/**
 * @param existing what is there at the moment of the commit
 * @throws S3Error `PreconditionFailed`; `NoSuchKey` when `If-Match` meets nothing
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function checkWriteConditions(conditions: WriteConditions, existing: ObjectRecord | undefined): void {
  const { ifMatch, ifNoneMatch } = conditions;
  if (ifMatch !== undefined) {
    if (existing === undefined) throw new S3Error('NoSuchKey');
    if (!matchesStrongly(ifMatch, quoteEtag(existing.etag))) {
      throw new S3Error('PreconditionFailed', undefined, { Condition: 'If-Match' });
    }
  }
  if (
    ifNoneMatch !== undefined &&
    existing !== undefined &&
    matchesWeakly(ifNoneMatch, quoteEtag(existing.etag))
  ) {
    throw new S3Error('PreconditionFailed', undefined, { Condition: 'If-None-Match' });
  }
  const { ifModifiedAtSeconds, ifSizeBytes } = conditions;
  if (existing === undefined) return;
  if (ifModifiedAtSeconds !== undefined && Math.floor(existing.modifiedAt / 1000) !== ifModifiedAtSeconds) {
    throw new S3Error('PreconditionFailed', undefined, { Condition: 'x-amz-if-match-last-modified-time' });
  }
  if (ifSizeBytes !== undefined && existing.sizeBytes !== ifSizeBytes) {
    throw new S3Error('PreconditionFailed', undefined, { Condition: 'x-amz-if-match-size' });
  }
}
