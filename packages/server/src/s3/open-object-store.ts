import type { Origins } from '@bkend/storage-contract';
import type { ObjectStore } from '../files/object-store.ts';
import { checkBucket, ensureBucket } from './bucket.ts';
import { publicAddressOf } from './bucket-address.ts';
import { connect, type S3Options } from './connection.ts';
import { type Copier, createCopier } from './copy.ts';
import { embeddedCapabilities } from './copy-capabilities.ts';
import { ensureCors } from './cors.ts';
import { listMultiparts, listObjects } from './listing.ts';
import { abortMultipart, completeMultipart, createMultipart, listParts } from './multipart.ts';
import {
  deleteObject,
  deleteObjectsTogether,
  getObject,
  headObject,
  headWithFirstBytes,
  putObject,
} from './objects.ts';
import { createPresigner } from './presigner.ts';
import { putStream } from './put-stream.ts';

/** An object store as a role has it, which also sets up its bucket and probes it. */
export interface OpenedObjectStore extends ObjectStore, Copier, AsyncDisposable {
  /**
   * Creates the bucket and its CORS rule where they are missing and the credentials allow it.
   * @param origins as in `allowOrigins`; all when absent
   * @throws `file/bucket-not-configured`
   */
  ensureBucket(origins?: Origins): Promise<void>;
  /**
   * Lets pages of these origins use presigned URLs, and of no others where the bucket's CORS rules are ours. A refusal of the
   * store is logged as a warning. @throws `common/unavailable`
   */
  allowOrigins(origins: Origins): Promise<void>;
  /** Resolves when the bucket can be reached. @throws `common/unavailable` */
  check(): Promise<void>;
}

/**
 * The port `ObjectStore` for any S3: the embedded store, Ceph RGW, AWS, MinIO, R2, SeaweedFS. Sends nothing before its first call.
 *
 * The credentials must allow, on the bucket, ListBucket and ListBucketMultipartUploads, and on its objects GetObject,
 * PutObject, DeleteObject, AbortMultipartUpload and ListMultipartUploadParts. Without ListBucket, S3 answers 403 and
 * not 404 for an unknown object.
 */
export function openObjectStore(options: S3Options): OpenedObjectStore {
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
    headWithFirstBytes: (key, count) => headWithFirstBytes(connection, key, count),
    get: (key, wanted) => getObject(connection, key, wanted),
    ...createCopier(connection, options.copiesByReference ? embeddedCapabilities : undefined),
    put: (input) => putObject(connection, input),
    putStream: (input) => putStream(connection, input),
    delete: (key) => deleteObject(connection, key),
    ...(options.copiesByReference && {
      deleteTogether: (keys) => deleteObjectsTogether(connection, keys),
    }),
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
