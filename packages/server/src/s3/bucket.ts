import { type Origins, StorageError } from '@bkend/storage-contract';
import type { Connection, S3Options } from './connection.ts';
import { ensureCors } from './cors.ts';
import { isTemporary, reasonOf } from './refusal.ts';

/**
 * Creates the bucket, and the CORS rule that browsers need, where they are missing. A refused change of an existing bucket is
 * a warning.
 * @throws `file/bucket-not-configured` when there is no usable bucket, `common/unavailable`
 */
export async function ensureBucket(
  connection: Connection,
  warn: S3Options['warn'],
  origins: Origins = '*',
): Promise<void> {
  if (!(await bucketExists(connection))) await createBucket(connection);
  await ensureCors(connection, warn, origins);
}

/**
 * Checks that the bucket can be reached, with a timeout of 3 s.
 * @throws `common/unavailable`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
 */
export async function checkBucket(connection: Connection): Promise<void> {
  const abortSignal = AbortSignal.timeout(checkTimeoutMs);
  try {
    await connection.ask((s3, Bucket) => s3.headBucket({ Bucket }, { abortSignal }));
  } catch (error) {
    const reason = reasonOf(error instanceof StorageError ? error.cause : error);
    throw new StorageError(
      'common/unavailable',
      `The bucket "${connection.bucket}" cannot be reached: ${reason}.`,
      { cause: error },
    );
  }
}

const checkTimeoutMs = 3_000;

async function bucketExists(connection: Connection): Promise<boolean> {
  try {
    return await connection.ask(
      async (s3, Bucket) => {
        await s3.headBucket({ Bucket });
        return true;
      },
      { NotFound: () => false, NoSuchBucket: () => false },
    );
  } catch (error) {
    if (isTemporary(error)) throw error;
    throw notConfigured(connection, await explain(connection, error));
  }
}

/** An answer to HEAD has no body; a list of one key gets the same refusal with its reason. */
async function explain(connection: Connection, error: unknown): Promise<unknown> {
  try {
    await connection.ask((s3, Bucket) => s3.listObjectsV2({ Bucket, MaxKeys: 1 }));
    return error;
  } catch (explained) {
    return explained;
  }
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
async function createBucket(connection: Connection): Promise<void> {
  try {
    await connection.ask(
      async (s3, Bucket) => {
        await s3.createBucket({ Bucket });
      },
      { BucketAlreadyOwnedByYou: () => undefined }, // another process has created it
    );
  } catch (error) {
    if (isTemporary(error)) throw error;
    throw notConfigured(connection, error, 'does not exist and could not be created');
  }
}

function notConfigured(connection: Connection, error: unknown, what = 'cannot be used'): StorageError {
  const cause = error instanceof StorageError ? error.cause : error;
  return new StorageError(
    'file/bucket-not-configured',
    `The bucket "${connection.bucket}" ${what}: ${reasonOf(cause)}.`,
    { cause: error },
  );
}
