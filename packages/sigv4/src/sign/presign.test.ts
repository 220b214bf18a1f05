import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSigner } from '../index.ts';

const endpoint = 'http://127.0.0.1:4501';
const region = 'eu-central-1';
const at = new Date('2026-02-28T23:59:59Z');
const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const signer = createSigner({ credentials, region });
const put = { method: 'PUT', endpoint, path: '/b/k', expiresInSeconds: 900, at };

describe('equality with @aws-sdk/s3-request-presigner', () => {
  const bucket = fc.constantFrom('my-bucket', 'b');
  const part = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
    fc.constantFrom(
      ' ',
      '+',
      '%',
      '%20',
      '%2F',
      '//',
      '.',
      '..',
      '/../',
      "!'()*",
      '?',
      '#',
      '&',
      '=',
      '~',
      '한글',
      '🙂',
      'é',
      '\t',
    ),
  );
  const key = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
  const signing = fc.record({
    sessionToken: fc.option(fc.constantFrom('FwoGZXIvYXdzEJr//token==', 'plain'), { nil: undefined }),
    signingDate: fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
    expiresIn: fc.integer({ min: 1, max: 604_800 }),
  });

  function clientWith(sessionToken: string | undefined): S3Client {
    return new S3Client({
      endpoint,
      region,
      forcePathStyle: true,
      credentials: { ...credentials, ...(sessionToken !== undefined && { sessionToken }) },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }

  function signerWith(sessionToken: string | undefined) {
    const own = { ...credentials, ...(sessionToken !== undefined && { sessionToken }) };
    return createSigner({ credentials: own, region });
  }

  // The order of a query carries no meaning, and theirs puts the signature elsewhere.
  function inOrder(url: string) {
    const queryStart = url.indexOf('?');
    return {
      target: url.slice(0, queryStart),
      query: url
        .slice(queryStart + 1)
        .split('&')
        .sort(),
    };
  }

  test('holds for downloads with response-* overrides', async () => {
    const overrides = fc.record({ disposition: part, type: part, language: part }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(bucket, key, overrides, signing, async (bucket, key, overrides, signing) => {
        const { sessionToken, signingDate, expiresIn } = signing;
        const command = new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          ResponseContentDisposition: overrides.disposition,
          ResponseContentType: overrides.type,
          ResponseContentLanguage: overrides.language,
        });
        const theirs = await getSignedUrl(clientWith(sessionToken), command, { signingDate, expiresIn });
        const ours = signerWith(sessionToken).presign({
          method: 'GET',
          endpoint,
          path: `/${bucket}/${key}`,
          query: {
            'x-id': 'GetObject',
            'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD',
            ...(overrides.disposition !== undefined && {
              'response-content-disposition': overrides.disposition,
            }),
            ...(overrides.type !== undefined && { 'response-content-type': overrides.type }),
            ...(overrides.language !== undefined && { 'response-content-language': overrides.language }),
          },
          expiresInSeconds: expiresIn,
          at: signingDate,
        });
        expect(inOrder(ours)).toEqual(inOrder(theirs));
      }),
    );
  });

  test('holds for uploads with signed type and length', async () => {
    const contentType = fc.constantFrom('image/png', 'text/plain; charset=utf-8', 'application/x  spaced');
    const sizeBytes = fc.integer({ min: 0, max: 5 * 1024 ** 3 });
    await fc.assert(
      fc.asyncProperty(
        bucket,
        key,
        contentType,
        sizeBytes,
        signing,
        async (bucket, key, contentType, sizeBytes, signing) => {
          const { sessionToken, signingDate, expiresIn } = signing;
          const command = new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            ContentType: contentType,
            ContentLength: sizeBytes,
          });
          const theirs = await getSignedUrl(clientWith(sessionToken), command, {
            signingDate,
            expiresIn,
            signableHeaders: new Set(['content-type', 'content-length']),
          });
          const ours = signerWith(sessionToken).presign({
            method: 'PUT',
            endpoint,
            path: `/${bucket}/${key}`,
            query: { 'x-id': 'PutObject', 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' },
            headers: { 'Content-Type': contentType, 'Content-Length': String(sizeBytes) },
            expiresInSeconds: expiresIn,
            at: signingDate,
          });
          expect(inOrder(ours)).toEqual(inOrder(theirs));
        },
      ),
    );
  });
});

describe('a presigned URL', () => {
  test('the path is encoded once and never normalised', () => {
    const url = signer.presign({ ...put, path: '/b/a/../c//./d e+%2F한' });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:4501\/b\/a\/\.\.\/c\/\/\.\/d%20e%2B%252F%ED%95%9C\?/);
  });

  test('the host is signed with its port, unless that is the default one', () => {
    const portGiven = signer.presign({ ...put, endpoint: 'https://s3.example.com:443' });
    const portLeftOut = signer.presign({ ...put, endpoint: 'https://s3.example.com' });
    expect(portGiven).toBe(portLeftOut);
    const otherPort = signer.presign({ ...put, endpoint: 'https://s3.example.com:8443' });
    expect(signatureOf(otherPort)).not.toBe(signatureOf(portLeftOut));
  });

  test('a new day means a new key, and going back the old one again', () => {
    const before = { ...put, at: new Date('2026-02-28T23:59:59.999Z') };
    const after = { ...put, at: new Date('2026-03-01T00:00:00Z') };
    const expected = [before, after, before].map((input) =>
      createSigner({ credentials, region }).presign(input),
    );
    expect([before, after, before].map((input) => signer.presign(input))).toEqual(expected);
    expect(expected[1]).toContain('%2F20260301%2F');
  });

  test('a session token is part of what is signed', () => {
    const url = createSigner({ credentials: { ...credentials, sessionToken: 'a/b+c==' }, region }).presign(
      put,
    );
    expect(url).toContain('&X-Amz-Security-Token=a%2Fb%2Bc%3D%3D&');
    expect(signatureOf(url)).not.toBe(signatureOf(signer.presign(put)));
  });
});

describe('input that cannot be signed', () => {
  test.each([0, -1, 604_801, 1.5, Number.NaN])('a life of %s seconds is refused', (expiresInSeconds) => {
    expect(() => signer.presign({ ...put, expiresInSeconds })).toThrow(RangeError);
  });

  test.each(['X-Amz-Expires', 'x-amz-signature', 'X-AMZ-DATE'])(
    'the parameter %s is not for the caller',
    (name) => {
      expect(() => signer.presign({ ...put, query: { [name]: '1' } })).toThrow(TypeError);
    },
  );

  test.each([
    { name: 'a relative path', change: { path: 'b/k' } },
    { name: 'an endpoint with a path', change: { endpoint: 'http://127.0.0.1:4501/b' } },
    { name: 'an endpoint with credentials', change: { endpoint: 'http://me:secret@127.0.0.1:4501' } },
    { name: 'a header given twice', change: { headers: { 'Content-Type': 'a/b', 'content-type': 'a/b' } } },
    { name: 'a host of the caller', change: { headers: { Host: 'other' } } },
    {
      name: 'a line break in a header',
      change: { headers: { 'content-type': 'a/b\r\nx-amz-acl: public-read' } },
    },
    { name: 'a header that is no byte string', change: { headers: { 'x-amz-meta-name': '한글' } } },
  ])('$name is refused', ({ change }) => {
    expect(() => signer.presign({ ...put, ...change })).toThrow(TypeError);
  });

  test('a lone surrogate, which has no UTF-8 form, is refused', () => {
    expect(() => signer.presign({ ...put, path: '/b/\ud800' })).toThrow(URIError);
  });
});

function signatureOf(url: string): string | undefined {
  return /X-Amz-Signature=([0-9a-f]{64})$/.exec(url)?.[1];
}
