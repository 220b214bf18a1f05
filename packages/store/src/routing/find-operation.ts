import { S3Error } from '../errors/s3-error.ts';
import {
  createBucketOperation,
  deleteBucketOperation,
  headBucketOperation,
  listBucketsOperation,
} from '../operations/buckets.ts';
import { copyObjectOperation } from '../operations/copies.ts';
import { listObjectsV1Operation } from '../operations/lists/list-objects-v1.ts';
import { listObjectsV2Operation } from '../operations/lists/list-objects-v2.ts';
import { uploadPartOperation } from '../operations/multipart/multipart-uploads.ts';
import type { BucketRequest, ObjectRequest, Operation, S3Request } from '../operations/operation.ts';
import { getObjectOperation, headObjectOperation } from '../operations/read-object.ts';
import { deleteObjectOperation, putObjectOperation } from '../operations/write-object.ts';
import {
  deleteUnsetOperation,
  findSubresource,
  getDefaultOperation,
  notImplementedOperation,
  type Subresource,
  subresources,
} from './subresources.ts';

/** An operation, and the scope of the requests that it takes. */
export type FoundOperation =
  | { readonly scope: 'service'; readonly operation: Operation }
  | { readonly scope: 'bucket'; readonly operation: Operation<BucketRequest> }
  | { readonly scope: 'object'; readonly operation: Operation<ObjectRequest> };

type Wanted = Pick<S3Request, 'method' | 'target' | 'header'>;
type Operations<R extends S3Request> = ReadonlyMap<string, Operation<R>>;

const serviceOperations: Operations<S3Request> = new Map([['GET', listBucketsOperation]]);

/** On a bucket itself. */
const bucketOperations: Operations<BucketRequest> = new Map([
  ['GET', listObjectsV1Operation],
  ['PUT', createBucketOperation],
  ['DELETE', deleteBucketOperation],
  ['HEAD', headBucketOperation],
]);

/** On an object itself. */
const objectOperations: Operations<ObjectRequest> = new Map([
  ['PUT', putObjectOperation],
  ['DELETE', deleteObjectOperation],
  ['GET', getObjectOperation],
  ['HEAD', headObjectOperation],
]);

const copySource = 'x-amz-copy-source';

/**
 * Finds the operation that a request asks for. A request with a subresource gets an operation of that subresource or a refusal,
 * never an operation on the bucket or the object itself.
 *
 * @throws S3Error `MethodNotAllowed`; `InvalidRequest` for a subresource that the scope does not have; `InvalidArgument` for a copy
 *   source where no copy can be made and for conflicting subresources; `NotImplemented` as `findSubresource`
 */
export function findOperation(request: Wanted): FoundOperation {
  const { method, target } = request;
  const { bucket, key, query } = target;
  const subresource = findSubresource(query);
  if (bucket === undefined) {
    if (subresource !== undefined) throw new S3Error('NotImplemented');
    return { scope: 'service', operation: serviceOperations.get(method) ?? refuse(method, 'GET') };
  }
  if (method !== 'PUT') assertNoCopySource(request);
  if (key === undefined) return { scope: 'bucket', operation: findOnBucket(request, subresource) };
  return { scope: 'object', operation: findOnObject(request, subresource) };
}

function findOnBucket({ method, target }: Wanted, subresource: string | undefined): Operation<BucketRequest> {
  if (subresource !== undefined) {
    const entry = subresources[subresource]?.bucket ?? refuseScope(subresource, 'bucket');
    return findInSubresource(subresource, entry, { method });
  }
  if (method === 'GET' && target.query.get('list-type') === '2') return listObjectsV2Operation;
  return bucketOperations.get(method) ?? refuse(method, 'GET, PUT, DELETE, POST, HEAD');
}

function findOnObject(request: Wanted, subresource: string | undefined): Operation<ObjectRequest> {
  const { method, target } = request;
  const isCopy = method === 'PUT' && request.header(copySource) !== undefined;
  if (subresource !== undefined) {
    const entry = subresources[subresource]?.object ?? refuseScope(subresource, 'key');
    // The name stands for two things: uploads of a bucket, and the start of one for a key.
    if (subresource === 'uploads' && method !== 'POST') refuseScope(subresource, 'key');
    return findInSubresource(subresource, entry, {
      method,
      isCopy: isCopy && target.query.has('partNumber'),
    });
  }
  if (target.query.has('partNumber') && method !== 'GET' && method !== 'HEAD') {
    // The operation says what is missing, once the bucket is known to exist.
    if (method === 'PUT') return uploadPartOperation;
    throw new S3Error('InvalidArgument', 'This operation does not accept partNumber without uploadId', {
      ArgumentName: 'partNumber',
      ArgumentValue: target.query.get('partNumber') ?? '',
    });
  }
  if (isCopy) return copyObjectOperation;
  return objectOperations.get(method) ?? refuse(method, 'POST, PUT, DELETE, GET, HEAD');
}

function findInSubresource<R extends BucketRequest>(
  name: string,
  { operations = {}, copy, whenUnset, isRemovable }: Subresource<R>,
  { method, isCopy = false }: { readonly method: string; readonly isCopy?: boolean },
): Operation<R> {
  if (isCopy && copy !== undefined) return copy;
  if (method !== 'GET' && method !== 'PUT' && method !== 'POST' && method !== 'DELETE') {
    return refuse(method, 'GET, PUT, POST, DELETE');
  }
  const operation = operations[method];
  if (operation !== undefined) return operation;
  if (method === 'GET' && whenUnset !== undefined) return getDefaultOperation(name, whenUnset);
  if (method === 'DELETE' && isRemovable === true) return deleteUnsetOperation;
  return notImplementedOperation;
}

function refuse(method: string, allowedMethods: string): never {
  throw new S3Error('MethodNotAllowed', undefined, { Method: method, AllowedMethods: allowedMethods });
}

function refuseScope(subresource: string, scope: 'bucket' | 'key'): never {
  throw new S3Error(
    'InvalidRequest',
    `There is no such thing as the ?${subresource} sub-resource for a ${scope}`,
  );
}

function assertNoCopySource(request: Wanted): void {
  const source = request.header(copySource);
  if (source === undefined) return;
  throw new S3Error('InvalidArgument', 'You can only specify a copy source header for copy requests.', {
    ArgumentName: copySource,
    ArgumentValue: source,
  });
}
