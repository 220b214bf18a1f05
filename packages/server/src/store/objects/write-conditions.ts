import type { ObjectRecord } from '../index/records.ts';
import { S3Error } from './s3-error.ts';

/** What must hold of the object that is there for a write to happen. Entity tags as the client wrote them. */
export interface WriteConditions {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  /** Seconds since 1970, as dates of HTTP count; NaN matches nothing. Of deletes only. */
  readonly ifModifiedAtSeconds?: number;
  /** Of deletes only. */
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
    if (!matchesEtag(ifMatch, existing.etag)) {
      throw new S3Error('PreconditionFailed', undefined, { Condition: 'If-Match' });
    }
  }
  if (ifNoneMatch !== undefined && existing !== undefined && matchesEtag(ifNoneMatch, existing.etag)) {
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

/**
 * Whether a list of entity tags, or `*`, holds this one.
 *
 * @param list as in RFC 9110 §13.1.1; S3 also takes tags without quotes
 * @param etag without quotes
 */
export function matchesEtag(list: string, etag: string): boolean {
  return list.split(',').some((item) => {
    const tag = item.trim();
    return tag === '*' || tag.replace(/^W\//, '').replaceAll('"', '') === etag;
  });
}
