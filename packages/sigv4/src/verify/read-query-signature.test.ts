import { describe, expect, test } from 'vitest';
import { presign, received, refusal, secondsLater, verify } from '../../test/endpoint.ts';

const url = presign();
const replacing = (part: string | RegExp, by: string) => received('GET', url.replace(part, by));
const invalid = (message: string) => ({ code: 'AuthorizationQueryParametersError', status: 400, message });

describe('the parameters of a presigned URL', () => {
  test.each(['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature'])(
    'include X-Amz-%s, not empty',
    (name) => {
      const message =
        'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, ' +
        'X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.';
      const parameter = new RegExp(`X-Amz-${name}=([^&]*)&?`);
      expect(refusal(replacing(parameter, ''))).toMatchObject(invalid(message));
      expect(refusal(replacing(parameter, `X-Amz-${name}=&`))).toMatchObject(invalid(message));
    },
  );

  test.each(['AWS4-HMAC-SHA512', 'AWS4-ECDSA-P256-SHA256', 'aws4-hmac-sha256', 'none'])(
    'do not allow the algorithm %s',
    (algorithm) => {
      expect(refusal(replacing('AWS4-HMAC-SHA256', algorithm))).toMatchObject(
        invalid('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"'),
      );
    },
  );

  test.each([
    ['abc', 'X-Amz-Expires should be a number'],
    ['1e3', 'X-Amz-Expires should be a number'],
    ['900.0', 'X-Amz-Expires should be a number'],
    ['%20900', 'X-Amz-Expires should be a number'],
    ['-1', 'X-Amz-Expires must be non-negative'],
    ['0', 'X-Amz-Expires must be at least 1 second'],
    [
      '604801',
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    ],
    [
      '9'.repeat(400),
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    ],
  ])('do not allow a life of %s', (expires, message) => {
    expect(refusal(replacing('Expires=900', `Expires=${expires}`))).toMatchObject(invalid(message));
  });

  test.each([
    '20260301',
    '2026-03-01T12:00:00Z',
    '20260230T120000Z',
    'Sun%2C%2001%20Mar%202026%2012%3A00%3A00%20GMT',
  ])('do not allow the date %s', (date) => {
    expect(refusal(replacing('20260301T120000Z', date))).toMatchObject(
      invalid(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`),
    );
  });

  test.each([
    [
      'AKIDEXAMPLE%2F',
      '',
      'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    ],
    [
      'eu-central-1',
      'us-east-1',
      "Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong; expecting 'eu-central-1'",
    ],
    [
      'F20260301%2F',
      'F20260228%2F',
      'Invalid credential date "20260228". This date is not the same as X-Amz-Date: "20260301".',
    ],
  ])('do not allow a credential with %s replaced by "%s"', (part, by, message) => {
    expect(refusal(replacing(part, by))).toMatchObject(invalid(message));
  });

  test.each(['X-Amz-Expires=86400', 'x-amz-expires=86400', 'X-Amz-Signature=0', 'X-Amz-Credential=other'])(
    'may not be repeated: %s',
    (second) => {
      expect(refusal(received('GET', `${url}&${second}`)).message).toMatch(/must be given only once$/);
      expect(refusal(received('GET', url.replace('?', `?${second}&`))).message).toMatch(
        /must be given only once$/,
      );
    },
  );
});

describe('the life of a presigned URL', () => {
  test.each([-900, 0, 899, 900])('includes second %s', (seconds) => {
    expect(verify(received('GET', url), secondsLater(seconds))).toMatchObject({ kind: 'query' });
  });

  test('begins no earlier than clocks may differ', () => {
    expect(refusal(received('GET', url), secondsLater(-901))).toMatchObject({
      code: 'AccessDenied',
      status: 403,
      message: 'Request is not yet valid',
    });
  });

  test('ends on the second, without any grace for clocks', () => {
    expect(refusal(received('GET', url), secondsLater(901))).toMatchObject({
      code: 'AccessDenied',
      status: 403,
      message: 'Request has expired',
      details: {
        'X-Amz-Expires': '900',
        Expires: '2026-03-01T12:15:00Z',
        ServerTime: '2026-03-01T12:15:01Z',
      },
    });
  });

  test('may be seven days, over which the key of the first day stays good', () => {
    const longUrl = presign({ expiresInSeconds: 604_800 });
    expect(verify(received('GET', longUrl), secondsLater(604_800))).toMatchObject({ kind: 'query' });
    expect(refusal(received('GET', longUrl), secondsLater(604_801)).message).toBe('Request has expired');
  });
});

describe('the payload of a presigned URL', () => {
  const streaming = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

  test('is unsigned, whether the URL says so or says nothing', () => {
    const outspoken = presign({ query: { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' } });
    for (const each of [url, outspoken]) {
      expect(verify(received('GET', each)).payloadHash).toBe('UNSIGNED-PAYLOAD');
    }
  });

  test('cannot be announced as a stream by the holder of the URL', () => {
    for (const announced of [streaming, 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'f'.repeat(64)]) {
      const request = received('GET', url, { 'x-amz-content-sha256': announced });
      expect(refusal(request).code).toBe('SignatureDoesNotMatch');
    }
  });

  test('cannot be one thing in the query and another in a header', () => {
    const outspoken = presign({ query: { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' } });
    const request = received('GET', outspoken, { 'x-amz-content-sha256': streaming });
    expect(refusal(request).code).toBe('InvalidArgument');
  });
});

test('a session token is handed on for the endpoint to judge', () => {
  const withToken = presign({ headers: { 'x-amz-security-token': 'abc' } });
  const request = received('GET', withToken, { 'x-amz-security-token': 'abc' });
  expect(verify(request).sessionToken).toBe('abc');
});
