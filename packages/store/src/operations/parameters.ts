import { S3Error } from '../errors/s3-error.ts';
import type { UploadAddress } from '../objects/multipart-upload.ts';
import type { ObjectRequest, S3Request } from './operation.ts';

/** The most that one page of any list holds. */
export const maxPageSize = 1000;

/**
 * Reads how many items a page may have.
 *
 * @throws S3Error `InvalidArgument`
 */
export function readPageSize(request: S3Request, name: string): number {
  return Math.min(readCount(request, name) ?? maxPageSize, maxPageSize);
}

/** @throws S3Error `InvalidArgument` for what is no number from 0 to 2147483647 */
export function readCount(request: S3Request, name: string): number | undefined {
  const text = request.target.query.get(name);
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0x7fffffff) {
    throw new S3Error('InvalidArgument', `Argument ${name} must be an integer between 0 and 2147483647`, {
      ArgumentName: name,
      ArgumentValue: text,
    });
  }
  return Number(text);
}

/** @throws S3Error `InvalidArgument` */
export function readPartNumber(request: S3Request): number {
  const text = request.target.query.get('partNumber') ?? '';
  const partNumber = Number(text);
  if (!/^\d{1,5}$/.test(text) || partNumber < 1 || partNumber > 10_000) {
    throw new S3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive', {
      ArgumentName: 'partNumber',
      ArgumentValue: text,
    });
  }
  return partNumber;
}

/** Without versioning each object has one version, `null`. @throws S3Error `NoSuchVersion`, `InvalidArgument` */
export function assertNullVersion(request: ObjectRequest): void {
  const version = request.target.query.get('versionId');
  if (version === undefined || version === 'null') return;
  if (version === '') throw new S3Error('InvalidArgument', 'Version id cannot be the empty string');
  // S3's own have 32 characters.
  if (!/^[\w.]{32}$/.test(version)) {
    throw new S3Error('InvalidArgument', 'Invalid version id specified', {
      ArgumentName: 'versionId',
      ArgumentValue: version,
    });
  }
  throw new S3Error('NoSuchVersion', undefined, { Key: request.target.key, VersionId: version });
}

/** Reads the upload that a request names. */
export function uploadAddress(request: ObjectRequest): UploadAddress {
  const { bucket, key, query } = request.target;
  return { bucket, key, uploadId: query.get('uploadId') ?? '' };
}
