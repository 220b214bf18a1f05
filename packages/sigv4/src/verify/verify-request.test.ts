import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { describe, expect, test } from 'vitest';
import {
  accessKeyId,
  emptySha256,
  endpoint,
  presign,
  received,
  refusal,
  secretAccessKey,
  sign,
  verify,
} from '../../test/endpoint.ts';

describe('a request', () => {
  test.each([{}, { authorization: '' }])('without a signature is anonymous', (headers) => {
    expect(verify(received('GET', `${endpoint}/b/a%20b?list-type=2`, headers))).toEqual({
      kind: 'anonymous',
      target: { path: '/b/a%20b', query: [['list-type', '2']] },
      signedHeaders: new Set(),
      payloadHash: 'UNSIGNED-PAYLOAD',
    });
  });

  test.each([
    'X-Amz-Algorithm',
    'X-Amz-Credential',
    'X-Amz-SignedHeaders',
    'X-Amz-Signature',
    'x-amz-signature',
  ])('with a lone %s does not pass for anonymous', (name) => {
    expect(refusal(received('GET', `${endpoint}/b/k?${name}=1`)).code).toBe(
      'AuthorizationQueryParametersError',
    );
  });

  test('with a signature in the header and one in the query is refused', () => {
    const v2Query = `${endpoint}/b/k?AWSAccessKeyId=a&Expires=1&Signature=c`;
    for (const url of [presign(), v2Query]) {
      expect(refusal(received('GET', url, sign()))).toMatchObject({
        code: 'InvalidArgument',
        status: 400,
        message: expect.stringMatching(/^Only one auth mechanism allowed; /),
      });
    }
    expect(refusal(received('GET', `${presign()}&Signature=c`)).code).toBe('InvalidArgument');
  });

  test.each(['AWSAccessKeyId=a&Expires=1&Signature=c', 'Signature=c', 'AWSAccessKeyId=a'])(
    'with a Signature Version 2 in the query (%s) is refused with the setting that helps',
    (query) => {
      expect(refusal(received('GET', `${endpoint}/b/k?${query}`))).toMatchObject({
        code: 'InvalidRequest',
        message: expect.stringMatching(/Please use AWS4-HMAC-SHA256\..*signature_version='s3v4'/),
      });
    },
  );
});

describe('a signature that does not match', () => {
  test('is answered with what was signed here, so that the client can compare', () => {
    const url = presign();
    expect(refusal(received('HEAD', url))).toMatchObject({
      code: 'SignatureDoesNotMatch',
      status: 403,
      details: {
        AWSAccessKeyId: accessKeyId,
        SignatureProvided: url.slice(-64),
        StringToSign: expect.stringMatching(
          /^AWS4-HMAC-SHA256\n20260301T120000Z\n20260301\/eu-central-1\/s3\/aws4_request\n/,
        ),
        CanonicalRequest: expect.stringMatching(/^HEAD\n\/b\/k\nX-Amz-Algorithm=/),
      },
    });
  });

  test('is not one in capitals, shortened or lengthened', () => {
    const url = presign();
    const signature = url.slice(-64);
    for (const changed of [signature.toUpperCase(), signature.slice(0, 62), `${signature}00`]) {
      const request = received('GET', url.replace(signature, changed));
      expect(refusal(request).code).toBe('SignatureDoesNotMatch');
    }
  });

  test('is compared in constant time', () => {
    const wrong = presign().replace(/.{64}$/, '0'.repeat(64));
    expect(callsOf('timingSafeEqual', () => refusal(received('GET', wrong)))).toBe(1);
  });
});

describe('an unknown access key', () => {
  const unknown = { findSecret: () => undefined };

  test('is refused by name', () => {
    expect(refusal(received('GET', presign()), unknown)).toMatchObject({
      code: 'InvalidAccessKeyId',
      status: 403,
      message: 'The AWS Access Key Id you provided does not exist in our records.',
      details: { AWSAccessKeyId: accessKeyId },
    });
  });

  test('costs the same work as a wrong signature', () => {
    const request = received('HEAD', presign());
    const hmacsWith = (findSecret: () => string | undefined) =>
      callsOf('createHmac', () => refusal(request, { findSecret }));
    const known = () => secretAccessKey;
    const firstTimes = [hmacsWith(() => 'a secret seen for the first time'), hmacsWith(known)];
    expect(firstTimes[0]).toBe(5); // four to derive the key of the day, one to sign
    refusal(request, unknown);
    expect(hmacsWith(unknown.findSecret)).toBe(hmacsWith(known));
    expect(callsOf('timingSafeEqual', () => refusal(request, unknown))).toBe(1);
  });

  test('with an empty secret is unknown too', () => {
    const request = received('GET', presign());
    expect(refusal(request, { findSecret: () => '' }).code).toBe('InvalidAccessKeyId');
  });
});

test('what was authenticated is handed on', () => {
  const headers = sign({ path: '/b/한 글', query: { uploadId: 'x/y' }, headers: { 'x-amz-meta-a': 'b' } });
  const verified = verify(received('GET', `${endpoint}/b/%ed%95%9c%20%EA%B8%80?uploadId=x/y`, headers));
  expect(verified).toEqual({
    kind: 'header',
    accessKeyId,
    target: { path: '/b/%ED%95%9C%20%EA%B8%80', query: [['uploadId', 'x%2Fy']] },
    signedHeaders: new Set(['host', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-meta-a']),
    payloadHash: emptySha256,
  });
});

/** Counts the calls of a built-in during `action`. */
function callsOf(name: 'createHmac' | 'timingSafeEqual', action: () => void): number {
  const original = crypto[name];
  let calls = 0;
  const counting = new Proxy(original, {
    apply(target, self, args) {
      calls += 1;
      return Reflect.apply(target, self, args);
    },
  });
  Object.assign(crypto, { [name]: counting });
  syncBuiltinESMExports();
  try {
    action();
  } finally {
    Object.assign(crypto, { [name]: original });
    syncBuiltinESMExports();
  }
  return calls;
}
