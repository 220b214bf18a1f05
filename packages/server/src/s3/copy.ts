import type { ObjectInfo, ObjectStore } from '../files/object-store.ts';
import type { Connection } from './connection.ts';
import { headObject } from './objects.ts';

type Copy = Parameters<ObjectStore['copy']>[0];
type Copied = Awaited<ReturnType<ObjectStore['copy']>>;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export async function copyObject(connection: Connection, copy: Copy): Promise<Copied> {
  const answer = await connection.ask(
    (s3, Bucket) =>
      s3.copyObject({
        Bucket,
        Key: copy.to,
        CopySource: copySource(Bucket, copy.from),
        CopySourceIfMatch: `"${copy.source.etag}"`,
        MetadataDirective: 'REPLACE',
        TaggingDirective: 'REPLACE',
        ContentType: copy.contentType,
      }),
    { PreconditionFailed: () => undefined, NoSuchKey: () => undefined, NotFound: () => undefined },
  );
  if (answer === undefined) return 'source-changed';
  const etag = answer.CopyObjectResult?.ETag?.replaceAll('"', '');
  if (etag === copy.source.etag) return { etag, sizeBytes: copy.source.sizeBytes };
  const info: ObjectInfo | undefined = await headObject(connection, copy.to);
  return info ?? 'source-changed';
}

function copySource(bucket: string, key: string): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
}
