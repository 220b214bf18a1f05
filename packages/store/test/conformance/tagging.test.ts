import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectTaggingCommand,
  GetBucketTaggingCommand,
  GetObjectTaggingCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type Tag,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { useStore } from '../use-store.ts';

const store = await useStore();

const Bucket = 'bucket';
const put = (Key: string, Tagging?: string) =>
  store.client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', Tagging }));
const tag = (Key: string, TagSet: Tag[]) =>
  store.client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } }));
const tagsOf = async (Key: string) =>
  (await store.client.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;
const countOf = async (key: string) =>
  (await store.send({ method: 'HEAD', path: `/bucket/${key}` })).headers['x-amz-tagging-count'];
const many = (count: number): Tag[] =>
  Array.from({ length: count }, (_, i) => ({ Key: `k${i}`, Value: `${i}` }));

describe('the tags of an object', () => {
  it('come with it, are replaced, counted, and taken away', async () => {
    await put('tagged', 'b=2&a=1+%2B%201&empty=');
    expect(await tagsOf('tagged')).toEqual([
      { Key: 'b', Value: '2' },
      { Key: 'a', Value: '1 + 1' },
      { Key: 'empty', Value: '' },
    ]);
    expect(await countOf('tagged')).toBe('3');
    const before = await store.send({ method: 'HEAD', path: '/bucket/tagged' });
    await tag('tagged', [{ Key: '한글', Value: 'x/y:z@w' }]);
    expect(await tagsOf('tagged')).toEqual([{ Key: '한글', Value: 'x/y:z@w' }]);
    const after = await store.send({ path: '/bucket/tagged' });
    expect(after.headers).toMatchObject({
      etag: before.headers.etag,
      'last-modified': before.headers['last-modified'],
    });
    expect(after.headers['x-amz-tagging-count']).toBe('1');
    await store.client.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'tagged' }));
    expect(await tagsOf('tagged')).toEqual([]);
    expect(await countOf('tagged')).toBeUndefined();
  });

  it('go when the object is replaced', async () => {
    await put('replaced', 'a=b');
    await put('replaced');
    expect(await tagsOf('replaced')).toEqual([]);
  });

  it('are copied with it, or replaced on the way', async () => {
    await put('source', 'a=b');
    const copy = (Key: string, more: object = {}) =>
      store.client.send(new CopyObjectCommand({ Bucket, Key, CopySource: 'bucket/source', ...more }));
    await copy('copied');
    await copy('copied-too', { MetadataDirective: 'REPLACE' });
    for (const key of ['copied', 'copied-too']) expect(await tagsOf(key)).toEqual([{ Key: 'a', Value: 'b' }]);
    await copy('others', { TaggingDirective: 'REPLACE', Tagging: 'c=d' });
    expect(await tagsOf('others')).toEqual([{ Key: 'c', Value: 'd' }]);
    await copy('none', { TaggingDirective: 'REPLACE' });
    expect(await tagsOf('none')).toEqual([]);
    await expect(copy('never', { TaggingDirective: 'MOVE' })).rejects.toMatchObject({
      name: 'InvalidArgument',
    });
  });

  it('are those its upload in parts was begun with', async () => {
    const upload = { Bucket, Key: 'parts' };
    const { UploadId } = await store.client.send(
      new CreateMultipartUploadCommand({ ...upload, Tagging: 'a=b' }),
    );
    const part = {
      PartNumber: 1,
      ...(await store.client.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'x' }))),
    };
    await store.client.send(
      new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload: { Parts: [part] } }),
    );
    expect(await tagsOf('parts')).toEqual([{ Key: 'a', Value: 'b' }]);
  });

  it('are ten at most, with names and values that are not too long, each name once', async () => {
    await put('limits');
    const longest = { Key: 'k'.repeat(128), Value: 'v'.repeat(256) };
    await tag('limits', [...many(9), longest]);
    const refused: [Tag[], string][] = [
      [many(11), 'InvalidTag'],
      [[{ Key: 'k'.repeat(129), Value: '' }], 'InvalidTag'],
      [[{ Key: 'k', Value: 'v'.repeat(257) }], 'InvalidTag'],
      [[{ Key: '', Value: '' }], 'InvalidTag'],
      [[{ Key: 'a', Value: '<script>' }], 'InvalidTag'],
      [[{ Key: 'aws:a', Value: '' }], 'InvalidTag'],
      [[...many(1), ...many(1)], 'InvalidTag'],
    ];
    for (const [tags, name] of refused) await expect(tag('limits', tags)).rejects.toMatchObject({ name });
    await expect(put('limits', 'a=1&a=2')).rejects.toMatchObject({ name: 'InvalidArgument' });
    await expect(put('limits', '=')).rejects.toMatchObject({ name: 'InvalidArgument' });
    await expect(put('limits', 'a=%ff')).rejects.toMatchObject({ name: 'InvalidArgument' });
    expect(await tagsOf('limits')).toHaveLength(10);
  });

  it('need an object, and a document', async () => {
    await expect(tagsOf('absent')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(tag('absent', many(1))).rejects.toMatchObject({ name: 'NoSuchKey' });
    await put('documents');
    for (const [body, code] of [
      ['', 'MissingRequestBodyError'],
      ['<Tagging/>', 'MalformedXML'],
      ['<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>', 'MalformedXML'],
    ] as const) {
      const answer = await store.send({
        method: 'PUT',
        path: '/bucket/documents',
        query: { tagging: '' },
        body,
      });
      expect(answer).toMatchObject({ status: 400, code });
    }
  });
});

it('the tags of a bucket are kept, and leave its other settings alone', async () => {
  const get = () => store.client.send(new GetBucketTaggingCommand({ Bucket }));
  await expect(get()).rejects.toMatchObject({ name: 'NoSuchTagSet' });
  const cors =
    '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>';
  await store.send({ method: 'PUT', path: '/bucket', query: { cors: '' }, body: cors });
  const TagSet = many(50);
  await store.client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  expect((await get()).TagSet).toEqual(TagSet);
  await store.send({ method: 'DELETE', path: '/bucket', query: { cors: '' } });
  expect((await get()).TagSet).toEqual(TagSet);
  await store.client.send(new DeleteBucketTaggingCommand({ Bucket }));
  await expect(get()).rejects.toMatchObject({ name: 'NoSuchTagSet' });
});
