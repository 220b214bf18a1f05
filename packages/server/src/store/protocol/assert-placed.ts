import { S3Error } from '../objects/s3-error.ts';
import { bucketSubresources, objectSubresources } from './not-offered.ts';
import type { S3Request } from './s3-request.ts';

const alsoOfObjects: ReadonlySet<string> = new Set(objectSubresources);

const onlyOfBuckets: ReadonlySet<string> = new Set([
  ...bucketSubresources.filter((name) => !alsoOfObjects.has(name)),
  'cors',
  'delete',
  'location',
  'versions',
]);

/**
 * Refuses what would be taken for something else if it were passed over: to remove the policy of an object, which has none,
 * must not remove the object.
 *
 * @throws S3Error `InvalidRequest` for a sub-resource of buckets behind a key, `InvalidArgument` for a copy that is none
 */
export function assertPlaced(request: Pick<S3Request, 'method' | 'target' | 'header'>): void {
  const { method, target } = request;
  if (target.key !== undefined) {
    for (const name of target.query.keys()) {
      if (onlyOfBuckets.has(name) || (name === 'uploads' && method !== 'POST')) {
        throw new S3Error('InvalidRequest', `There is no such thing as the ?${name} sub-resource for a key`);
      }
    }
  }
  if (method === 'PUT') return;
  const source = request.header('x-amz-copy-source');
  if (source === undefined) return;
  throw new S3Error('InvalidArgument', 'You can only specify a copy source header for copy requests.', {
    ArgumentName: 'x-amz-copy-source',
    ArgumentValue: source,
  });
}
