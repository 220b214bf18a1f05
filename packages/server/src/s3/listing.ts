import type { ListMultipartUploadsCommandInput, ListMultipartUploadsCommandOutput } from '@aws-sdk/client-s3';
import type { ObjectStore } from '../files/object-store.ts';
import type { Connection } from './connection.ts';

/**
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export async function* listObjects(
  connection: Connection,
  prefix?: string,
): ReturnType<ObjectStore['listObjects']> {
  let token: string | undefined;
  do {
    const page = await connection.ask((s3, Bucket) =>
      s3.listObjectsV2({
        Bucket,
        EncodingType: 'url',
        ...(prefix && { Prefix: prefix }),
        ...(token && { ContinuationToken: token }),
      }),
    );
    for (const { Key, ETag, Size: sizeBytes, LastModified: lastModified } of page.Contents ?? []) {
      if (Key !== undefined && sizeBytes !== undefined && lastModified !== undefined) {
        const etag = ETag?.replaceAll('"', '');
        yield { key: decode(Key, page.EncodingType), sizeBytes, lastModified, ...(etag && { etag }) };
      }
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

/**
 * Keys are requested without encoding: Ceph encodes them on request but does not say so in this list.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
 */
export async function* listMultiparts(connection: Connection): ReturnType<ObjectStore['listMultiparts']> {
  let marker: Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'> | undefined = {};
  do {
    const after: typeof marker = marker;
    const page: ListMultipartUploadsCommandOutput = await connection.ask((s3, Bucket) =>
      s3.listMultipartUploads({ Bucket, ...after }),
    );
    for (const { Key: key, UploadId: multipartId, Initiated: initiatedAt } of page.Uploads ?? []) {
      if (key !== undefined && multipartId !== undefined && initiatedAt !== undefined) {
        yield { key, multipartId, initiatedAt };
      }
    }
    const { IsTruncated, NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
    const isMore = IsTruncated === true && KeyMarker !== undefined;
    marker = isMore ? { KeyMarker, ...(UploadIdMarker && { UploadIdMarker }) } : undefined;
  } while (marker !== undefined);
}

/**
 * Percent-encoding is requested because XML cannot write some characters of keys. A store that does not support it does not
 * confirm it either.
 */
function decode(key: string, encoding: string | undefined): string {
  return encoding === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
}
