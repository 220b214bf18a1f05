import { S3Error } from '../objects/s3-error.ts';
import { putBucketAclOperation, putObjectAclOperation } from './acl-operations.ts';
import { assertPlaced } from './assert-placed.ts';
import {
  createBucketOperation,
  deleteBucketOperation,
  getBucketLocationOperation,
  headBucketOperation,
  listBucketsOperation,
} from './bucket-operations.ts';
import { copyObjectOperation, uploadPartCopyOperation } from './copy-operations.ts';
import {
  deleteBucketCorsOperation,
  getBucketCorsOperation,
  putBucketCorsOperation,
} from './cors-operations.ts';
import { deleteObjectsOperation } from './delete-objects.ts';
import { getObjectAttributesOperation } from './get-object-attributes.ts';
import { listObjectVersionsOperation } from './list-object-versions.ts';
import { listObjectsV1Operation } from './list-objects-v1.ts';
import { listObjectsV2Operation } from './list-objects-v2.ts';
import { listPartsOperation } from './list-parts.ts';
import { listUploadsOperation } from './list-uploads.ts';
import {
  bucketSubresources,
  deleteBucketDefaultOperation,
  getBucketDefault,
  getObjectDefault,
  getObjectLockOperation,
  notImplementedOperation,
  objectSubresources,
  removableBucketSubresources,
} from './not-offered.ts';
import type { BucketRequest, ObjectRequest, Operation } from './operation.ts';
import { getObjectOperation, headObjectOperation } from './read-object.ts';
import type { S3Request } from './s3-request.ts';
import {
  deleteBucketTaggingOperation,
  deleteObjectTaggingOperation,
  getBucketTaggingOperation,
  getObjectTaggingOperation,
  putBucketTaggingOperation,
  putObjectTaggingOperation,
} from './tagging-operations.ts';
import {
  abortUploadOperation,
  completeUploadOperation,
  createUploadOperation,
  uploadPartOperation,
} from './upload-operations.ts';
import { deleteObjectOperation, putObjectOperation } from './write-object.ts';

/** What a request must look like for an operation to be meant. */
interface Route<R> {
  readonly method: string;
  /** Parameters that must be there; `name=value` for a fixed value. */
  readonly query?: readonly string[];
  /** A header that must be there. */
  readonly header?: string;
  readonly operation: R;
}

/** The first route that fits is taken, so the plain ones come last. */
const serviceRoutes: readonly Route<Operation>[] = [{ method: 'GET', operation: listBucketsOperation }];

const bucketRoutes: readonly Route<Operation<BucketRequest>>[] = [
  { method: 'GET', query: ['location'], operation: getBucketLocationOperation },
  { method: 'GET', query: ['cors'], operation: getBucketCorsOperation },
  { method: 'PUT', query: ['cors'], operation: putBucketCorsOperation },
  { method: 'DELETE', query: ['cors'], operation: deleteBucketCorsOperation },
  { method: 'GET', query: ['tagging'], operation: getBucketTaggingOperation },
  { method: 'PUT', query: ['tagging'], operation: putBucketTaggingOperation },
  { method: 'DELETE', query: ['tagging'], operation: deleteBucketTaggingOperation },
  { method: 'GET', query: ['uploads'], operation: listUploadsOperation },
  { method: 'GET', query: ['versions'], operation: listObjectVersionsOperation },
  { method: 'POST', query: ['delete'], operation: deleteObjectsOperation },
  { method: 'PUT', query: ['acl'], operation: putBucketAclOperation },
  ...bucketSubresources.map((name) => ({ method: 'GET', query: [name], operation: getBucketDefault(name) })),
  ...removableBucketSubresources.map((name) => ({
    method: 'DELETE',
    query: [name],
    operation: deleteBucketDefaultOperation,
  })),
  ...bucketSubresources.flatMap(notImplemented),
  { method: 'GET', query: ['list-type=2'], operation: listObjectsV2Operation },
  { method: 'GET', operation: listObjectsV1Operation },
  { method: 'HEAD', operation: headBucketOperation },
  { method: 'PUT', operation: createBucketOperation },
  { method: 'DELETE', operation: deleteBucketOperation },
];

const objectRoutes: readonly Route<Operation<ObjectRequest>>[] = [
  { method: 'POST', query: ['uploads'], operation: createUploadOperation },
  {
    method: 'PUT',
    query: ['uploadId', 'partNumber'],
    header: 'x-amz-copy-source',
    operation: uploadPartCopyOperation,
  },
  // With one of the two it cannot be a plain PUT either.
  { method: 'PUT', query: ['uploadId'], operation: uploadPartOperation },
  { method: 'PUT', query: ['partNumber'], operation: uploadPartOperation },
  { method: 'POST', query: ['uploadId'], operation: completeUploadOperation },
  { method: 'DELETE', query: ['uploadId'], operation: abortUploadOperation },
  { method: 'GET', query: ['uploadId'], operation: listPartsOperation },
  { method: 'GET', query: ['attributes'], operation: getObjectAttributesOperation },
  { method: 'GET', query: ['tagging'], operation: getObjectTaggingOperation },
  { method: 'PUT', query: ['tagging'], operation: putObjectTaggingOperation },
  { method: 'DELETE', query: ['tagging'], operation: deleteObjectTaggingOperation },
  { method: 'PUT', query: ['acl'], operation: putObjectAclOperation },
  { method: 'GET', query: ['retention'], operation: getObjectLockOperation },
  { method: 'GET', query: ['legal-hold'], operation: getObjectLockOperation },
  ...objectSubresources.map((name) => ({ method: 'GET', query: [name], operation: getObjectDefault(name) })),
  ...objectSubresources.flatMap(notImplemented),
  { method: 'GET', operation: getObjectOperation },
  { method: 'HEAD', operation: headObjectOperation },
  { method: 'PUT', header: 'x-amz-copy-source', operation: copyObjectOperation },
  { method: 'PUT', operation: putObjectOperation },
  { method: 'DELETE', operation: deleteObjectOperation },
];

function notImplemented(name: string): Route<Operation>[] {
  return ['PUT', 'POST', 'DELETE'].map((method) => ({
    method,
    query: [name],
    operation: notImplementedOperation,
  }));
}

/** An operation together with what it is about. */
export type FoundOperation =
  | { readonly scope: 'service'; readonly operation: Operation }
  | { readonly scope: 'bucket'; readonly operation: Operation<BucketRequest> }
  | { readonly scope: 'object'; readonly operation: Operation<ObjectRequest> };

type Wanted = Pick<S3Request, 'method' | 'target' | 'header'>;

/** @throws S3Error `MethodNotAllowed`, and what `assertPlaced` throws */
export function findOperation(request: Wanted): FoundOperation {
  const { bucket, key } = request.target;
  if (bucket === undefined) return { scope: 'service', operation: findInService(request) };
  assertPlaced(request);
  if (key === undefined) return { scope: 'bucket', operation: findInBucket(request) };
  return { scope: 'object', operation: findInObject(request) };
}

const findInService = makeFinder(serviceRoutes);
const findInBucket = makeFinder(bucketRoutes);
const findInObject = makeFinder(objectRoutes);

function makeFinder<R>(routes: readonly Route<R>[]): (request: Wanted) => R {
  const methods = [...new Set(routes.map(({ method }) => method))];
  const matchersOf = new Map(
    methods.map((method) => [method, routes.filter((route) => route.method === method).map(makeMatcher)]),
  );
  return (request) => {
    const { method } = request;
    for (const { fits, operation } of matchersOf.get(method) ?? []) if (fits(request)) return operation;
    throw new S3Error('MethodNotAllowed', undefined, { Method: method, AllowedMethods: methods.join(', ') });
  };
}

function makeMatcher<R>({ query = [], header, operation }: Route<R>): {
  readonly fits: (request: Wanted) => boolean;
  readonly operation: R;
} {
  const parameters = query.map((wanted) => {
    const [name = '', value] = wanted.split('=');
    return { name, value };
  });
  const fits = (request: Wanted) => {
    for (const { name, value } of parameters) {
      const given = request.target.query.get(name);
      if (given === undefined || (value !== undefined && given !== value)) return false;
    }
    return header === undefined || request.header(header) !== undefined;
  };
  return { fits, operation };
}
