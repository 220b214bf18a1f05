import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect, it } from 'vitest';
import { credentials, region } from './running-store.ts';
import { useStore } from './use-store.ts';

const store = await useStore();

const Bucket = 'bucket';
const expiresIn = 60;

// WHEN_SUPPORTED is the default, which puts the checksum of an empty body into the URL of a PUT.
it.each(['WHEN_SUPPORTED', 'WHEN_REQUIRED'] as const)(
  'URLs signed by the AWS SDK with checksums %s work',
  async (when) => {
    const client = new S3Client({
      endpoint: store.endpoint,
      region,
      credentials,
      forcePathStyle: true,
      requestChecksumCalculation: when,
      responseChecksumValidation: when,
    });
    const object = { Bucket, Key: `${when}/한글 + 😀` };
    const put = new PutObjectCommand({ ...object, ContentType: 'image/png', Metadata: { a: 'b' } });
    const putUrl = await getSignedUrl(client, put, { expiresIn });
    const sent = await fetch(putUrl, {
      method: 'PUT',
      body: 'hello',
      headers: { 'content-type': 'image/png' },
    });
    expect(sent.status, await sent.text()).toBe(200);

    const get = new GetObjectCommand({
      ...object,
      ResponseContentDisposition: 'attachment',
      Range: 'bytes=1-3',
    });
    const got = await fetch(await getSignedUrl(client, get, { expiresIn }), {
      headers: { range: 'bytes=1-3' },
    });
    expect(await got.text()).toBe('ell');
    expect(got.headers.get('content-disposition')).toBe('attachment');
    expect(got.headers.get('x-amz-meta-a')).toBe('b');
    const head = await fetch(await getSignedUrl(client, new HeadObjectCommand(object), { expiresIn }), {
      method: 'HEAD',
    });
    expect(head.headers.get('content-length')).toBe('5');

    const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
    const part = new UploadPartCommand({ ...object, UploadId, PartNumber: 1 });
    const partSent = await fetch(await getSignedUrl(client, part, { expiresIn }), {
      method: 'PUT',
      body: 'in parts',
    });
    const ETag = partSent.headers.get('etag') ?? '';
    await client.send(
      new CompleteMultipartUploadCommand({
        ...object,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
      }),
    );
    const again = await fetch(await getSignedUrl(client, new GetObjectCommand(object), { expiresIn }));
    expect(await again.text()).toBe('in parts');
    const deletion = await getSignedUrl(client, new DeleteObjectCommand(object), { expiresIn });
    expect((await fetch(deletion, { method: 'DELETE' })).status).toBe(204);
    client.destroy();
  },
);
