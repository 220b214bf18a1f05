import { StorageError } from '@bkend/storage-contract';
import type { StoredPart, UploadedPart } from '../files/object-store.ts';
import type { Connection } from './connection.ts';
import { isMissingBucket, isTemporary, type Refusal } from './refusal.ts';

/** Names one multipart upload. */
export interface MultipartRef {
  readonly key: string;
  readonly multipartId: string;
}

/**
 * @param upload.maxBytes the most that its parts may have together: a header of ours says it, which the embedded store keeps to
 * and others ignore
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
 */
export async function createMultipart(
  connection: Connection,
  {
    key,
    contentType,
    maxBytes,
  }: { readonly key: string; readonly contentType: string; readonly maxBytes?: number },
): Promise<string> {
  try {
    const { UploadId } = await connection.ask(async (s3, Bucket) => {
      const { CreateMultipartUploadCommand } = await import('@aws-sdk/client-s3');
      const command = new CreateMultipartUploadCommand({ Bucket, Key: key, ContentType: contentType });
      if (maxBytes !== undefined) {
        command.middlewareStack.add(
          (next) => (args) => {
            // The step `build` has an HTTP request, to which it adds headers that are then signed.
            const { headers } = args.request as { headers: Record<string, string> };
            headers['x-bkend-max-upload-bytes'] = String(maxBytes);
            return next(args);
          },
          { step: 'build', name: 'maxUploadBytes' },
        );
      }
      return s3.send(command);
    });
    if (UploadId !== undefined) return UploadId;
  } catch (cause) {
    if (isTemporary(cause) || isMissingBucket(cause)) throw cause;
    throw new StorageError('file/upload-init-failed', 'The object store refused to begin the upload.', {
      cause,
    });
  }
  throw new StorageError('file/upload-init-failed', 'The object store began the upload without an id.');
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export async function listParts(
  connection: Connection,
  { key, multipartId }: MultipartRef,
): Promise<StoredPart[] | undefined> {
  const parts: StoredPart[] = [];
  let marker: string | undefined;
  do {
    const page = await connection.ask(
      (s3, Bucket) =>
        s3.listParts({
          Bucket,
          Key: key,
          UploadId: multipartId,
          ...(marker && { PartNumberMarker: marker }),
        }),
      noSuchUpload(undefined),
    );
    if (page === undefined) return undefined;
    for (const { PartNumber: partNumber, ETag: etag, Size: sizeBytes } of page.Parts ?? []) {
      if (partNumber !== undefined && etag !== undefined && sizeBytes !== undefined) {
        parts.push({ partNumber, etag, sizeBytes });
      }
    }
    marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
  } while (marker !== undefined);
  return parts;
}

/**
 * After a failure of the store, a list of the upload's parts shows whether it is still there: the answer of a completion that
 * succeeded may have been lost, and Ceph 16 answers 500 for an unknown upload.
 */
export async function completeMultipart(
  connection: Connection,
  input: MultipartRef & { readonly parts: readonly UploadedPart[] },
): Promise<'completed' | 'no-such-upload'> {
  try {
    return await tryToComplete(connection, input);
  } catch (error) {
    if (isTemporary(error) && (await listParts(connection, input)) === undefined) return 'no-such-upload';
    throw error;
  }
}

/**
 * S3 may answer 200 and refuse in the body; the SDK reads it and throws as for any other refusal.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
async function tryToComplete(
  connection: Connection,
  { key, multipartId, parts }: MultipartRef & { readonly parts: readonly UploadedPart[] },
): Promise<'completed' | 'no-such-upload'> {
  const Parts = parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag }));
  return await connection.ask(
    async (s3, Bucket) => {
      const upload = { Bucket, Key: key, UploadId: multipartId, MultipartUpload: { Parts } };
      await s3.completeMultipartUpload(upload, { requestTimeout: completionTimeoutMs });
      return 'completed' as const;
    },
    {
      ...noSuchUpload('no-such-upload' as const),
      InvalidPart: refuseParts,
      InvalidPartOrder: refuseParts,
      EntityTooSmall: refuseParts,
      MalformedXML: refuseParts,
    },
  );
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export async function abortMultipart(
  connection: Connection,
  { key, multipartId }: MultipartRef,
): Promise<void> {
  await connection.ask(
    (s3, Bucket) => s3.abortMultipartUpload({ Bucket, Key: key, UploadId: multipartId }),
    noSuchUpload(undefined),
  );
}

/** Completing 10,000 parts may take minutes. */
const completionTimeoutMs = 120_000;

/** Ceph answers NoSuchKey for an unknown upload. */
function noSuchUpload<T>(meaning: T): { readonly NoSuchUpload: () => T; readonly NoSuchKey: () => T } {
  return { NoSuchUpload: () => meaning, NoSuchKey: () => meaning };
}

function refuseParts({ name: reason, message }: Refusal): never {
  throw new StorageError('file/invalid-parts-array', `The object store refused the parts: ${reason}.`, {
    details: { reason, message },
  });
}
