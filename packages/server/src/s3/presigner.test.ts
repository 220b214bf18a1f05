import type { Credentials } from '@bkend/sigv4';
import { expect, test } from 'vitest';
import { createPresigner } from './presigner.ts';

const address = { origin: 'https://s3.example.com', basePath: '/files/' };
const first: Credentials = { accessKeyId: 'ASIA1', secretAccessKey: 'one', sessionToken: 'token+1/=' };

function presignerWith(credentials: () => Credentials) {
  return createPresigner({
    address,
    region: 'eu-west-1',
    credentials: async () => credentials(),
    clock: () => new Date('2026-01-31T09:00:00Z'),
  });
}

const put = { key: '한글/a b.png', contentType: 'image/png', expiresInSeconds: 900 };

test('a URL names the object, and begins with its location', async () => {
  const presigner = presignerWith(() => first);
  const url = await presigner.presignPut(put);
  expect(url.startsWith(`${presigner.location(put.key)}?`)).toBe(true);
  expect(new URL(url).pathname).toBe('/files/%ED%95%9C%EA%B8%80/a%20b.png');
});

test('a PUT signs its type, and its length when it is known', async () => {
  const presigner = presignerWith(() => first);
  const signedHeaders = (url: string) => new URL(url).searchParams.get('X-Amz-SignedHeaders');
  expect(signedHeaders(await presigner.presignPut(put))).toBe('content-type;host');
  expect(signedHeaders(await presigner.presignPut({ ...put, sizeBytes: 0 }))).toBe(
    'content-length;content-type;host',
  );
});

test('a GET carries the type and the name it is to be answered with', async () => {
  const presigner = presignerWith(() => first);
  const contentDisposition = "attachment; filename*=UTF-8''%ED%95%9C.png";
  const get = { key: 'k', contentType: 'image/png', contentDisposition, expiresInSeconds: 60 };
  const { searchParams } = new URL(await presigner.presignGet(get));
  expect(searchParams.get('response-content-type')).toBe('image/png');
  expect(searchParams.get('response-content-disposition')).toBe(contentDisposition);
});

test('temporary credentials are followed, session token included', async () => {
  let credentials = first;
  const presigner = presignerWith(() => credentials);
  const signedWith = async () => {
    const { searchParams } = new URL(await presigner.presignPut(put));
    return [searchParams.get('X-Amz-Credential')?.split('/')[0], searchParams.get('X-Amz-Security-Token')];
  };
  expect(await signedWith()).toEqual(['ASIA1', 'token+1/=']);
  credentials = { accessKeyId: 'ASIA2', secretAccessKey: 'two', sessionToken: 'token2' };
  expect(await signedWith()).toEqual(['ASIA2', 'token2']);
  credentials = { accessKeyId: 'AKIA3', secretAccessKey: 'three' };
  expect(await signedWith()).toEqual(['AKIA3', null]);
});
