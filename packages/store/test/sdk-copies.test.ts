import { randomBytes } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { useStore } from './use-store.ts';

const store = await useStore();

const Bucket = 'bucket';
const mebibyte = 1024 * 1024;

it('the AWS SDK copies an object, with its metadata or with other metadata', async () => {
  const Key = 'from/한글 + 😀?&%';
  const CopySource = `${Bucket}/${encodeURIComponent(Key)}`;
  await store.client.send(new PutObjectCommand({ Bucket, Key, Body: 'bytes', Metadata: { a: 'b' } }));
  await store.client.send(new CopyObjectCommand({ Bucket, Key: 'same', CopySource }));
  const same = await store.client.send(new GetObjectCommand({ Bucket, Key: 'same' }));
  expect(await same.Body?.transformToString()).toBe('bytes');
  expect(same.Metadata).toEqual({ a: 'b' });
  await store.client.send(
    new CopyObjectCommand({
      Bucket,
      Key: 'other',
      CopySource,
      MetadataDirective: 'REPLACE',
      Metadata: { c: 'd' },
      ContentType: 'a/b',
    }),
  );
  const other = await store.client.send(new HeadObjectCommand({ Bucket, Key: 'other' }));
  expect(other).toMatchObject({ Metadata: { c: 'd' }, ContentType: 'a/b', ContentLength: 5 });
});

it('the AWS SDK puts an object together from ranges of another', async () => {
  const bytes = randomBytes(7 * mebibyte);
  await store.client.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: bytes }));
  const upload = { Bucket, Key: 'joined' };
  const { UploadId } = await store.client.send(
    new CreateMultipartUploadCommand({ ...upload, ChecksumAlgorithm: 'CRC32' }),
  );
  const parts = [];
  for (const [index, CopySourceRange] of [
    `bytes=${mebibyte}-${6 * mebibyte - 1}`,
    `bytes=0-${mebibyte - 1}`,
  ].entries()) {
    const PartNumber = index + 1;
    const copied = await store.client.send(
      new UploadPartCopyCommand({
        ...upload,
        UploadId,
        PartNumber,
        CopySource: `${Bucket}/whole`,
        CopySourceRange,
      }),
    );
    const { ETag, ChecksumCRC32 } = copied.CopyPartResult ?? {};
    parts.push({ PartNumber, ETag, ChecksumCRC32 });
  }
  await store.client.send(
    new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload: { Parts: parts } }),
  );
  const got = await store.client.send(new GetObjectCommand({ ...upload, ChecksumMode: 'ENABLED' }));
  expect(got).toMatchObject({ ChecksumType: 'COMPOSITE', ContentLength: 6 * mebibyte });
  const joined = Buffer.concat([bytes.subarray(mebibyte, 6 * mebibyte), bytes.subarray(0, mebibyte)]);
  expect(joined.equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
});
