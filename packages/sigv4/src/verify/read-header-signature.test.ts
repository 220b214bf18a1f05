import { describe, expect, test } from 'vitest';
import {
  at,
  emptySha256,
  endpoint,
  received,
  refusal,
  secondsLater,
  sign,
  verify,
} from '../../test/endpoint.ts';
import { formatCanonicalRequest, formatStringToSign } from '../canonical-request.ts';
import { computeSignature, deriveSigningKey } from '../signing-key.ts';

const url = `${endpoint}/b/k`;
const headers = sign();
const authorization = headers.authorization ?? '';

const withAuthorization = (value: string) => received('GET', url, { ...headers, authorization: value });
const replacing = (part: string | RegExp, by: string) => withAuthorization(authorization.replace(part, by));
const malformed = (reason: string) => ({
  code: 'AuthorizationHeaderMalformed',
  status: 400,
  message: `The authorization header is malformed; ${reason}`,
});

describe('the Authorization header', () => {
  test('is read without blanks, with many, in any order and with any case of the scheme', () => {
    const [scheme, ...components] = authorization.split(/[ ,]+/);
    for (const spelling of [
      `${scheme} ${components.join(',')}`,
      `${scheme}   ${components.join(' ,  ')}`,
      `${scheme} ${components.toReversed().join(', ')}`,
      `aws4-hmac-sha256 ${components.join(', ')}`,
    ]) {
      expect(verify(withAuthorization(spelling))).toMatchObject({ kind: 'header' });
    }
  });

  test.each([
    ['Signature=', 'signature='],
    ['Signature=', 'Signature'],
    [/, Signature.*/, ', Signature=1, Signature=2'],
    [/$/, ', X=1'],
    [/$/, ','],
  ])('with %s replaced by %s has a malformed component', (part, by) => {
    expect(refusal(replacing(part, by)).message).toMatch(
      /; the authorization component ".*" is malformed\.$/,
    );
  });

  test.each([/Credential=[^,]*, /, /SignedHeaders=[^,]*, /, /, Signature=.*/])(
    'without %s lacks a component',
    (part) => {
      expect(refusal(replacing(part, ''))).toMatchObject(
        malformed(
          'the authorization header requires three components: Credential, SignedHeaders, and Signature.',
        ),
      );
    },
  );

  test.each([
    [
      '/20260301/',
      '/',
      'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    ],
    ['AKIDEXAMPLE', '', 'a non-empty Access Key (AKID) must be provided in the credential.'],
    [
      '20260301',
      '2026-03-01',
      'incorrect date format "2026-03-01". This date in the credential must be in the format "yyyyMMdd".',
    ],
    ['20260301', '20260302', 'Invalid credential date. Date is not the same as X-Amz-Date.'],
    ['eu-central-1', '', 'a non-empty region must be provided in the credential.'],
    ['eu-central-1', 'us-east-1', "the region 'us-east-1' is wrong; expecting 'eu-central-1'"],
    ['/s3/', '/ec2/', 'incorrect service "ec2". This endpoint belongs to "s3".'],
    ['aws4_request', 'aws5_request', 'incorrect terminal "aws5_request". This endpoint uses "aws4_request".'],
  ])('with %s replaced by "%s" in its credential is refused', (part, by, reason) => {
    expect(refusal(replacing(part, by))).toMatchObject(malformed(reason));
  });

  test('names the right region to a client that was wrong about it', () => {
    expect(refusal(replacing('eu-central-1', 'us-east-1')).details).toEqual({ Region: 'eu-central-1' });
  });

  test('of Signature Version 2 is refused in plain words', () => {
    expect(refusal(withAuthorization('AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg='))).toMatchObject({
      code: 'InvalidRequest',
      status: 400,
      message: expect.stringMatching(/Please use AWS4-HMAC-SHA256\..*signature_version='s3v4'/),
    });
  });

  test.each([
    'Bearer abc',
    'Basic YTpi',
    'AWS4-ECDSA-P256-SHA256 Credential=a',
    'AWS4-HMAC-SHA512 Credential=a',
  ])('of another kind is refused: %s', (value) => {
    expect(refusal(withAuthorization(value))).toMatchObject({
      code: 'InvalidArgument',
      message: 'Unsupported Authorization Type',
      details: { ArgumentName: 'Authorization', ArgumentValue: value },
    });
  });

  test('without a space is refused', () => {
    expect(refusal(withAuthorization('AWS4-HMAC-SHA256'))).toMatchObject({
      code: 'InvalidArgument',
      status: 400,
    });
  });

  test('given twice is refused', () => {
    const request = received('GET', url, headers);
    const rawHeaders = [...request.rawHeaders, 'Authorization', authorization];
    expect(refusal({ ...request, rawHeaders }).code).toBe('AuthorizationHeaderMalformed');
  });
});

describe('x-amz-content-sha256', () => {
  test('has to be there', () => {
    const { 'x-amz-content-sha256': _, ...rest } = headers;
    expect(refusal(received('GET', url, rest))).toMatchObject({
      code: 'InvalidRequest',
      message: 'Missing required header for this request: x-amz-content-sha256',
    });
  });

  test.each([
    'UNSIGNED-PAYLOAD',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    emptySha256,
  ])('may be %s, which is handed on', (payloadHash) => {
    const verified = verify(received('GET', url, sign({ payloadHash })));
    expect(verified.payloadHash).toBe(payloadHash);
    expect(verified.chunkSigning !== undefined).toBe(payloadHash.startsWith('STREAMING-AWS4-HMAC-SHA256'));
  });

  test.each(['', 'unsigned-payload', 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD', emptySha256.slice(1)])(
    'may not be "%s"',
    (payloadHash) => {
      const request = received('GET', url, { ...headers, 'x-amz-content-sha256': payloadHash });
      expect(refusal(request)).toMatchObject({
        code: 'InvalidArgument',
        details: { ArgumentName: 'x-amz-content-sha256', ArgumentValue: payloadHash },
      });
      expect(() => sign({ payloadHash })).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
    },
  );
});

describe('the time of signing', () => {
  test.each([-900, 0, 900])('may be %s seconds from now', (seconds) => {
    expect(verify(received('GET', url, headers), secondsLater(seconds))).toMatchObject({ kind: 'header' });
  });

  test.each([-901, 901, 86_400])('may not be %s seconds from now', (seconds) => {
    expect(refusal(received('GET', url, headers), secondsLater(seconds))).toMatchObject({
      code: 'RequestTimeTooSkewed',
      status: 403,
      details: { RequestTime: '2026-03-01T12:00:00Z', MaxAllowedSkewMilliseconds: '900000' },
    });
  });

  test('may be bound more tightly', () => {
    const tight = { ...secondsLater(61), maxSkewSeconds: 60 };
    expect(refusal(received('GET', url, headers), tight).code).toBe('RequestTimeTooSkewed');
  });

  test.each([
    '',
    '20260301',
    '2026-03-01T12:00:00Z',
    '20260230T120000Z',
    '20260001T120000Z',
    '20261301T120000Z',
    '20260300T120000Z',
    '20260301T240000Z',
    '20260301T126000Z',
    '20260301T120060Z',
    '20260301T120000Z,20260301T120000Z',
  ])('may not be spelled "%s"', (date) => {
    expect(refusal(received('GET', url, { ...headers, 'x-amz-date': date }))).toMatchObject({
      code: 'AccessDenied',
      message: 'AWS authentication requires a valid Date or x-amz-date header',
    });
  });

  test.each(['Sun, 01 Mar 2026 12:00:00 GMT', 'Sun, 01 Mar 2026 12:00:00 -0000', '20260301T120000Z'])(
    'may come as Date: %s',
    (date) => {
      expect(verify(received('GET', url, signedWithDate(date)))).toMatchObject({ kind: 'header' });
    },
  );

  test.each(['now', 'Sun, 99 Mar 2026 12:00:00 GMT', '1772366400'])('may not come as Date: %s', (date) => {
    expect(refusal(received('GET', url, signedWithDate(date))).code).toBe('AccessDenied');
  });
});

/** As botocore signs when it is given a Date header: without `x-amz-date`. */
function signedWithDate(date: string): Record<string, string> {
  const unsigned = { date, host: '127.0.0.1:4501', 'x-amz-content-sha256': emptySha256 };
  const scope = { date: '20260301', region: 'eu-central-1', service: 's3' };
  const signingKey = deriveSigningKey('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', scope);
  const canonicalRequest = formatCanonicalRequest({
    method: 'GET',
    path: '/b/k',
    query: '',
    headers: new Map(Object.entries(unsigned)),
    signedHeaders: Object.keys(unsigned),
    payloadHash: emptySha256,
  });
  const timestamp = `${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  const scopeText = '20260301/eu-central-1/s3/aws4_request';
  const signature = computeSignature(signingKey, formatStringToSign(timestamp, scopeText, canonicalRequest));
  const signedHeaders = Object.keys(unsigned).join(';');
  return {
    ...unsigned,
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scopeText}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  };
}
