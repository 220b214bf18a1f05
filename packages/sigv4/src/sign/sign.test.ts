import { describe, expect, test } from 'vitest';
import { at, emptySha256, endpoint, options, received, region, sign } from '../../test/endpoint.ts';
import { createSigner, verifyRequest } from '../index.ts';

test('the headers to send are those given and those that authenticate, but for the host', () => {
  expect(sign({ headers: { 'Content-Type': ' text/plain;  charset=utf-8' } })).toEqual({
    'content-type': ' text/plain;  charset=utf-8',
    'x-amz-content-sha256': emptySha256,
    'x-amz-date': '20260301T120000Z',
    authorization: expect.stringMatching(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20260301\/eu-central-1\/s3\/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
    ),
  });
});

test('a session token is sent, signed, and handed on by the verifier', () => {
  const credentials = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'a/b+c==' };
  const get = { method: 'GET', endpoint, path: '/b/k', at };
  const headers = createSigner({ credentials, region }).sign({ ...get, payloadHash: emptySha256 });
  expect(headers).toMatchObject({ 'x-amz-security-token': 'a/b+c==' });
  const verified = verifyRequest(received('GET', `${endpoint}/b/k`, headers), {
    ...options,
    findSecret: () => 'secret',
  });
  expect(verified).toMatchObject({ accessKeyId: 'ASIAEXAMPLE', sessionToken: 'a/b+c==' });
  expect(verified.signedHeaders).toContain('x-amz-security-token');
});

describe('headers that cannot be signed', () => {
  test.each(['x-amz-date', 'X-Amz-Content-Sha256', 'Authorization', 'Host'])(
    '%s, which is not for the caller',
    (name) => {
      expect(() => sign({ headers: { [name]: '1' } })).toThrow(TypeError);
    },
  );

  test('include one name in two spellings', () => {
    expect(() => sign({ headers: { 'Content-Type': 'a/b', 'content-type': 'a/b' } })).toThrow(TypeError);
  });
});
