import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketCorsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { useStore } from './use-store.ts';

const store = await useStore();

const Bucket = 'bucket';

/** Comparing large buffers is much slower in expect than here. */
async function expectBody(
  answer: { Body?: { transformToByteArray(): Promise<Uint8Array> } | undefined },
  bytes: Buffer,
): Promise<void> {
  expect(bytes.equals((await answer.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
}

describe('the AWS SDK', () => {
  it.each([0, 1, 4096, 65_536, 65_537, 3_000_000])('gets back the %i bytes it put', async (size) => {
    const Body = randomBytes(size);
    const Key = `sizes/${size}`;
    const put = await store.client.send(
      new PutObjectCommand({ Bucket, Key, Body, ContentType: 'image/png' }),
    );
    const got = await store.client.send(new GetObjectCommand({ Bucket, Key }));
    await expectBody(got, Body);
    expect(got.ContentType).toBe('image/png');
    expect(got.ETag).toBe(`"${createHash('md5').update(Body).digest('hex')}"`);
    expect(put.ETag).toBe(got.ETag);
    expect(put.ChecksumCRC32).toBeTruthy();
  });

  it('puts a stream of unknown hash, and gets its checksum', async () => {
    const bytes = randomBytes(300_000);
    const stream = Readable.from([bytes.subarray(0, 70_000), bytes.subarray(70_000)]);
    await store.client.send(
      new PutObjectCommand({ Bucket, Key: 'stream', Body: stream, ContentLength: bytes.length }),
    );
    const got = await store.client.send(
      new GetObjectCommand({ Bucket, Key: 'stream', ChecksumMode: 'ENABLED' }),
    );
    await expectBody(got, bytes);
    expect(got.ChecksumCRC32).toBeTruthy();
  });

  it('keeps metadata, headers and names of any script', async () => {
    const Key = 'ordner/한글 + 😀/../a//b%2F';
    await store.client.send(
      new PutObjectCommand({
        Bucket,
        Key,
        Body: 'x',
        CacheControl: 'no-cache',
        ContentDisposition: 'attachment; filename="a.txt"',
        ContentEncoding: 'gzip',
        Metadata: { colour: 'blue' },
      }),
    );
    const head = await store.client.send(new HeadObjectCommand({ Bucket, Key }));
    expect(head).toMatchObject({
      CacheControl: 'no-cache',
      ContentDisposition: 'attachment; filename="a.txt"',
      ContentEncoding: 'gzip',
      Metadata: { colour: 'blue' },
      ContentLength: 1,
    });
    const list = await store.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'ordner/' }));
    expect(list.Contents?.map((object) => object.Key)).toEqual([Key]);
  });

  it('reads ranges and honours conditions', async () => {
    const Key = 'ranges';
    const { ETag } = await store.client.send(new PutObjectCommand({ Bucket, Key, Body: '0123456789' }));
    const part = await store.client.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=2-4' }));
    expect(await part.Body?.transformToString()).toBe('234');
    expect(part.ContentRange).toBe('bytes 2-4/10');
    await expect(
      store.client.send(new GetObjectCommand({ Bucket, Key, IfNoneMatch: ETag })),
    ).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    await expect(
      store.client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', IfNoneMatch: '*' })),
    ).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(
      store.client.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=10-' })),
    ).rejects.toMatchObject({ name: 'InvalidRange' });
  });

  it('deletes, one or many', async () => {
    for (const Key of ['d/1', 'd/2', 'd/3'])
      await store.client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    await store.client.send(new DeleteObjectCommand({ Bucket, Key: 'd/1' }));
    const deleted = await store.client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'd/2' }, { Key: 'd/none' }] } }),
    );
    expect(deleted.Deleted?.map(({ Key }) => Key)).toEqual(['d/2', 'd/none']);
    const list = await store.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'd/' }));
    expect(list.Contents?.map(({ Key }) => Key)).toEqual(['d/3']);
    await expect(store.client.send(new GetObjectCommand({ Bucket, Key: 'd/1' }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
  });

  it('uploads in parts, lists them, and completes twice with one answer', async () => {
    const Key = 'multipart';
    const { UploadId } = await store.client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'video/mp4' }),
    );
    const pieces = [randomBytes(5 * 1024 * 1024), randomBytes(1000)];
    const Parts = [];
    for (const [index, Body] of pieces.entries()) {
      const PartNumber = index + 1;
      const { ETag } = await store.client.send(
        new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }),
      );
      Parts.push({ PartNumber, ETag });
    }
    const uploads = await store.client.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(uploads.Uploads?.map((upload) => upload.UploadId)).toEqual([UploadId]);
    const listed = await store.client.send(new ListPartsCommand({ Bucket, Key, UploadId, MaxParts: 1 }));
    expect(listed).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '1' });
    expect(listed.Parts?.map(({ Size }) => Size)).toEqual([5 * 1024 * 1024]);

    const complete = new CompleteMultipartUploadCommand({
      Bucket,
      Key,
      UploadId,
      MultipartUpload: { Parts },
    });
    const first = await store.client.send(complete);
    expect(first.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    expect((await store.client.send(complete)).ETag).toBe(first.ETag);
    const got = await store.client.send(new GetObjectCommand({ Bucket, Key }));
    await expectBody(got, Buffer.concat(pieces));
    expect(got.ContentType).toBe('video/mp4');
    const across = await store.client.send(
      new GetObjectCommand({ Bucket, Key, Range: `bytes=${5 * 1024 * 1024 - 2}-${5 * 1024 * 1024 + 1}` }),
    );
    await expectBody(
      across,
      Buffer.concat([
        pieces[0]?.subarray(-2) ?? Buffer.alloc(0),
        pieces[1]?.subarray(0, 2) ?? Buffer.alloc(0),
      ]),
    );
  });

  it('makes, configures and removes buckets', async () => {
    await store.client.send(new CreateBucketCommand({ Bucket: 'another' }));
    await store.client.send(new HeadBucketCommand({ Bucket: 'another' }));
    const CORSRules = [{ AllowedOrigins: ['*'], AllowedMethods: ['GET', 'PUT'], ExposeHeaders: ['ETag'] }];
    await store.client.send(
      new PutBucketCorsCommand({ Bucket: 'another', CORSConfiguration: { CORSRules } }),
    );
    const cors = await store.client.send(new GetBucketCorsCommand({ Bucket: 'another' }));
    expect(cors.CORSRules).toEqual(CORSRules);
    await store.client.send(new DeleteBucketCommand({ Bucket: 'another' }));
    await expect(store.client.send(new HeadBucketCommand({ Bucket: 'another' }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
  });
});
