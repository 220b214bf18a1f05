import { S3Error } from '../objects/s3-error.ts';

/** Who signed a request, and what that key opens. */
export interface Caller {
  /** Absent for anonymous requests. */
  readonly accessKeyId?: string;
  readonly kind: 'header' | 'query' | 'post-policy' | 'anonymous';
  /** The one bucket; all when absent. */
  readonly bucket?: string;
  readonly isReadOnly: boolean;
}

/** What an operation does: looks, changes objects, or changes which buckets there are and how they behave. */
export type Access = 'read' | 'write' | 'manage';

/**
 * @param bucket what the request is about; undefined for the service itself
 * @throws S3Error `AccessDenied`
 */
export function authorise(caller: Caller, access: Access, bucket: string | undefined): void {
  const isAllowed =
    caller.kind !== 'anonymous' &&
    (!caller.isReadOnly || access === 'read') &&
    (caller.bucket === undefined || (bucket === caller.bucket && access !== 'manage'));
  if (!isAllowed) throw new S3Error('AccessDenied');
}
