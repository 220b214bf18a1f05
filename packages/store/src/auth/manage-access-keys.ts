import { randomBytes } from 'node:crypto';
import { accessKeyKey } from '../index/keys.ts';
import { openIndex, type StoreIndex } from '../index/store-index.ts';
import { assertBucketName } from '../objects/bucket.ts';
import type { ServiceCredentials } from './authenticate.ts';

/** A key as lists show it. */
export interface ListedAccessKey {
  readonly accessKeyId: string;
  readonly createdAt: Date;
  /** The one bucket it opens; all when absent. */
  readonly bucket?: string;
  readonly isReadOnly: boolean;
}

/** The access keys of a store, which may be open elsewhere: a change counts from the next request on. */
export interface AccessKeys {
  /**
   * @param grant.bucket the one bucket it opens; all when absent
   * @returns the key, whose secret is shown this once
   * @throws S3Error `InvalidBucketName`
   */
  create(grant: { readonly bucket?: string; readonly isReadOnly: boolean }): Promise<ServiceCredentials>;
  /** Oldest first. */
  list(): ListedAccessKey[];
  /** Returns whether there was such a key. */
  revoke(accessKeyId: string): Promise<boolean>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens the access keys of a store. A process may have the store itself open meanwhile: a change counts from the next request on.
 *
 * @param directory absolute path of an existing store
 * @returns the keys, closed by `Symbol.asyncDispose`
 */
export function openAccessKeys(directory: string): AccessKeys {
  const index = openIndex(directory);
  return {
    create: (grant) => createAccessKey(index, grant),
    list: () => listAccessKeys(index),
    revoke: (accessKeyId) => revokeAccessKey(index, accessKeyId),
    [Symbol.asyncDispose]: () => index[Symbol.asyncDispose](),
  };
}

async function createAccessKey(
  index: StoreIndex,
  grant: { readonly bucket?: string; readonly isReadOnly: boolean },
): Promise<ServiceCredentials> {
  const { bucket, isReadOnly } = grant;
  if (bucket !== undefined) assertBucketName(bucket);
  // 20 and 40 characters: the lengths of AWS's own, which some clients check.
  const accessKeyId = `BK${randomBytes(9).toString('hex').toUpperCase()}`;
  const secretAccessKey = randomBytes(30).toString('base64url');
  await index.mutate((transaction) => {
    transaction.put(index.tables.accessKeys, accessKeyKey(accessKeyId), {
      secretAccessKey,
      createdAt: Date.now(),
      readOnly: isReadOnly,
      ...(bucket !== undefined && { bucket }),
    });
  });
  return { accessKeyId, secretAccessKey };
}

function listAccessKeys(index: StoreIndex): ListedAccessKey[] {
  return [...index.tables.accessKeys.range({})]
    .map(({ key, value: { createdAt, bucket, readOnly } }) => ({
      accessKeyId: key.toString(),
      createdAt: new Date(createdAt),
      isReadOnly: readOnly,
      ...(bucket !== undefined && { bucket }),
    }))
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}

async function revokeAccessKey(index: StoreIndex, accessKeyId: string): Promise<boolean> {
  const { accessKeys } = index.tables;
  return await index.mutate((transaction) => {
    const key = accessKeyKey(accessKeyId);
    if (transaction.get(accessKeys, key) === undefined) return false;
    transaction.remove(accessKeys, key);
    return true;
  });
}
