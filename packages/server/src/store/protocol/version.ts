import { S3Error } from '../objects/s3-error.ts';
import type { ObjectRequest } from './operation.ts';

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
