import type { ObjectStore } from '../files/object-store.ts';
import { checkBucket, ensureBucket } from './bucket.ts';
import { publicAddressOf } from './bucket-address.ts';
import { connect } from './connection.ts';
import { createCopier } from './copy.ts';
import { embeddedCapabilities } from './copy-capabilities.ts';
import { ensureCors } from './cors.ts';
import { listMultiparts, listObjects } from './listing.ts';
import { abortMultipart, completeMultipart, createMultipart, listParts } from './multipart.ts';
import { deleteObject, getObject, headObject, putObject } from './objects.ts';
import { createPresigner } from './presigner.ts';
import { putStream } from './put-stream.ts';
import type { S3Options } from './s3-options.ts';

/**
 * The port `ObjectStore` for any S3: the embedded store, Ceph RGW, AWS, MinIO, R2, SeaweedFS. Sends nothing before its first call.
 *
 * The credentials must allow, on the bucket, ListBucket and ListBucketMultipartUploads, and on its objects GetObject,
 * PutObject, DeleteObject, AbortMultipartUpload and ListMultipartUploadParts. Without ListBucket, S3 answers 403 and
 * not 404 for an unknown object.
 */
export function openObjectStore(options: S3Options): ObjectStore & AsyncDisposable {
  const connection = connect(options);
  const presigner = createPresigner({
    address: publicAddressOf(options),
    region: options.region,
    credentials: () => connection.credentials(),
    clock: options.clock,
  });
  return {
    ...presigner,
    head: (key) => headObject(connection, key),
    get: (key, wanted) => getObject(connection, key, wanted),
    ...createCopier(connection, options.copiesByReference ? embeddedCapabilities : undefined),
    put: (input) => putObject(connection, input),
    putStream: (input) => putStream(connection, input),
    delete: (key) => deleteObject(connection, key),
    createMultipart: (input) => createMultipart(connection, input),
    listParts: (upload) => listParts(connection, upload),
    completeMultipart: (input) => completeMultipart(connection, input),
    abortMultipart: (upload) => abortMultipart(connection, upload),
    listObjects: (prefix) => listObjects(connection, prefix),
    listMultiparts: () => listMultiparts(connection),
    ensureBucket: (origins) => ensureBucket(connection, options.warn, origins),
    allowOrigins: (origins) => ensureCors(connection, options.warn, origins),
    check: () => checkBucket(connection),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
