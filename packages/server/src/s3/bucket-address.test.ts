import { S3 } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { publicAddressOf, usesPathStyle } from './bucket-address.ts';

describe('the address of a bucket', () => {
  test.each([
    { region: 'us-east-1', bucket: 'photos' },
    { region: 'ap-northeast-2', bucket: 'photos' },
    { region: 'cn-north-1', bucket: 'photos' },
    { region: 'us-gov-west-1', bucket: 'photos' },
    { region: 'eusc-de-east-1', bucket: 'photos' },
    { region: 'eu-west-1', bucket: 'with.dots' },
    { region: 'eu-west-1', bucket: 'photos', forcePathStyle: true },
    { region: 'auto', bucket: 'photos', endpoint: 'https://account.r2.example.com' },
    { region: 'auto', bucket: 'photos', endpoint: 'https://s3.example.com:8443', forcePathStyle: false },
    { region: 'auto', bucket: 'Old_Name', endpoint: 'https://s3.example.com', forcePathStyle: false },
    { region: 'auto', bucket: 'photos', endpoint: 'http://127.0.0.1:9000', forcePathStyle: false },
    { region: 'auto', bucket: 'photos', endpoint: 'http://[::1]:9000', forcePathStyle: false },
  ])('is the one the AWS SDK sends its requests to: %o', async (where) => {
    const { bucket, region, endpoint } = where;
    const s3 = new S3({ region, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
    const { url } = s3.config.endpointProvider({
      Bucket: bucket,
      Region: region,
      ForcePathStyle: usesPathStyle(where),
      ...(endpoint !== undefined && { Endpoint: endpoint }),
    });
    const { origin, basePath } = publicAddressOf(where);
    expect(origin + basePath).toBe(url.href.replace(/\/?$/, '/'));
  });

  test('is the public endpoint where there is one, in the same style', () => {
    const where = { endpoint: 'http://10.0.0.1:7480', region: 'default', bucket: 'photos' };
    expect(publicAddressOf({ ...where, publicEndpoint: 'https://objects.example.com' })).toEqual({
      origin: 'https://objects.example.com',
      basePath: '/photos/',
    });
  });
});
