import { type CORSRule, PutBucketCorsCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { sendRaw } from '../running-store.ts';
import { useStore } from '../use-store.ts';

const store = await useStore({ buckets: ['bucket', 'closed'] });
beforeAll(async () => {
  await store.send({ method: 'PUT', path: '/bucket/k', body: 'x' });
  await set([
    {
      AllowedOrigins: ['https://*.example.com'],
      AllowedMethods: ['GET', 'PUT'],
      AllowedHeaders: ['content-*', 'x-amz-meta-a'],
      ExposeHeaders: ['ETag', 'x-amz-request-id'],
      MaxAgeSeconds: 60,
    },
    { AllowedOrigins: ['*'], AllowedMethods: ['HEAD'] },
  ]);
});

const set = (CORSRules: CORSRule[]) =>
  store.client.send(new PutBucketCorsCommand({ Bucket: 'bucket', CORSConfiguration: { CORSRules } }));

const preflight = (headers: Record<string, string>, path = '/bucket/k') =>
  sendRaw(store.endpoint, { method: 'OPTIONS', target: path, headers });

const app = 'https://app.example.com';

describe('a preflight', () => {
  it('gets what the first matching rule allows', async () => {
    const { status, headers } = await preflight({
      origin: app,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'Content-Type, x-amz-meta-a',
    });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'access-control-allow-origin': app,
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'content-type, x-amz-meta-a',
      'access-control-expose-headers': 'ETag, x-amz-request-id',
      'access-control-max-age': '60',
      'access-control-allow-credentials': 'true',
      vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
    });
    const any = await preflight({ origin: 'http://elsewhere', 'access-control-request-method': 'HEAD' });
    expect(any.headers['access-control-allow-origin']).toBe('*');
    expect(any.headers['access-control-allow-credentials']).toBeUndefined();
  });

  it.each([
    ['from elsewhere', { origin: 'https://example.com', 'access-control-request-method': 'PUT' }],
    ['by another method', { origin: app, 'access-control-request-method': 'DELETE' }],
    [
      'with another header',
      { origin: app, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-other' },
    ],
  ])('%s is refused', async (_, headers) => {
    expect(await preflight(headers)).toMatchObject({ status: 403, code: 'AccessForbidden' });
    expect((await preflight(headers)).headers['access-control-allow-origin']).toBeUndefined();
  });

  it('is refused where no rules are, and where no bucket is', async () => {
    const headers = { origin: app, 'access-control-request-method': 'GET' };
    expect(await preflight(headers, '/closed/k')).toMatchObject({ status: 403, code: 'AccessForbidden' });
    expect(await preflight(headers, '/nowhere/k')).toMatchObject({ status: 403, code: 'AccessForbidden' });
  });

  it('says where it comes from and what it wants', async () => {
    expect(await preflight({})).toMatchObject({ status: 400, code: 'BadRequest' });
    expect(await preflight({ origin: app })).toMatchObject({ status: 400, code: 'BadRequest' });
  });
});

describe('a request of a browser', () => {
  it('has its answer opened to it, also when that is a refusal', async () => {
    const headers = { origin: app };
    const got = await store.send({ path: '/bucket/k', headers });
    expect(got.headers).toMatchObject({
      'access-control-allow-origin': app,
      'access-control-expose-headers': 'ETag, x-amz-request-id',
    });
    const refused = await store.send({ path: '/bucket/absent', headers, signWith: null });
    expect(refused.status).toBe(403);
    expect(refused.headers['access-control-allow-origin']).toBe(app);
    const elsewhere = await store.send({ path: '/bucket/k', headers: { origin: 'http://elsewhere' } });
    expect(elsewhere.status).toBe(200);
    expect(elsewhere.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('rules for browsers', () => {
  const rule = { AllowedOrigins: ['*'], AllowedMethods: ['GET'] };

  it.each<[string, CORSRule, string]>([
    ['a method S3 does not have', { ...rule, AllowedMethods: ['PATCH'] }, 'InvalidRequest'],
    ['a method in lower case', { ...rule, AllowedMethods: ['get'] }, 'InvalidRequest'],
    ['an origin with two wildcards', { ...rule, AllowedOrigins: ['*.*'] }, 'InvalidRequest'],
    ['a header with two wildcards', { ...rule, AllowedHeaders: ['**'] }, 'InvalidRequest'],
    ['an exposed header with a wildcard', { ...rule, ExposeHeaders: ['*'] }, 'InvalidRequest'],
    [
      'an exposed header that no header is called',
      { ...rule, ExposeHeaders: ['ETag – etc'] },
      'InvalidRequest',
    ],
    ['line ends in an exposed header', { ...rule, ExposeHeaders: ['a\r\nb'] }, 'InvalidRequest'],
    ['an empty exposed header', { ...rule, ExposeHeaders: [''] }, 'InvalidRequest'],
    [
      'an allowed header that no header is called',
      { ...rule, AllowedHeaders: ['x-amz-é*'] },
      'InvalidRequest',
    ],
    ['a blank in an allowed header', { ...rule, AllowedHeaders: ['x y'] }, 'InvalidRequest'],
    ['an invalid origin', { ...rule, AllowedOrigins: ['https://한글.example.com'] }, 'InvalidRequest'],
    ['a line end in an origin', { ...rule, AllowedOrigins: ['http://a\r\nb'] }, 'InvalidRequest'],
    ['no origin', { AllowedOrigins: [], AllowedMethods: ['GET'] }, 'MalformedXML'],
  ])('with %s are refused', async (_, changed, name) => {
    await expect(set([changed])).rejects.toMatchObject({ name });
  });

  it('are a hundred at most', async () => {
    await expect(set(Array.from({ length: 101 }, () => rule))).rejects.toMatchObject({
      name: 'MalformedXML',
    });
  });
});
