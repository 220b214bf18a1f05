import { describe, expect, test } from 'vitest';
import { emptySha256, endpoint, presign, received, refusal, sign, verify } from '../../test/endpoint.ts';

const url = `${endpoint}/b/k`;

describe('a header that was not signed', () => {
  const notSigned = (name: string) => ({
    code: 'AccessDenied',
    status: 403,
    message: 'There were headers present in the request which were not signed',
    details: { HeadersNotSigned: name },
  });
  const names = [
    'x-amz-copy-source',
    'x-amz-acl',
    'x-amz-meta-owner',
    'x-amz-tagging',
    'x-amz-server-side-encryption',
    'x-amz-security-token',
    'x-amz-decoded-content-length',
    'content-md5',
  ];

  test.each([...names, 'x-amz-date'])('is refused beside a presigned URL if it is %s', (name) => {
    expect(refusal(received('GET', presign(), { [name]: '1' }))).toMatchObject(notSigned(name));
  });

  test.each(names)('is refused beside an Authorization header if it is %s', (name) => {
    const request = received('GET', url, { ...sign(), [name.toUpperCase()]: '1' });
    expect(refusal(request)).toMatchObject(notSigned(name));
  });

  test('is refused even if it is empty, and all such are named', () => {
    const request = received('GET', presign(), { 'x-amz-acl': '', 'x-amz-copy-source': '' });
    expect(refusal(request).details).toEqual({ HeadersNotSigned: 'x-amz-acl, x-amz-copy-source' });
  });

  test('is accepted if it is not one of S3, such as the trace of a load balancer', () => {
    const headers = {
      'x-amzn-trace-id': 'Root=1',
      'user-agent': 'x',
      'content-type': 'a/b',
      'x-forwarded-for': '::1',
    };
    expect(verify(received('GET', presign(), headers))).toMatchObject({ kind: 'query' });
  });

  test('is accepted if it is x-amz-content-sha256, whose value is signed anyhow', () => {
    const request = received('GET', presign(), { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' });
    expect(verify(request)).toMatchObject({ payloadHash: 'UNSIGNED-PAYLOAD' });
    const otherValue = received('GET', presign(), { 'x-amz-content-sha256': emptySha256 });
    expect(refusal(otherValue).code).toBe('SignatureDoesNotMatch');
  });
});

test('the host is always signed', () => {
  const withoutHost = presign().replace('X-Amz-SignedHeaders=host', 'X-Amz-SignedHeaders=range');
  const headersNotSigned = { code: 'AccessDenied', details: { HeadersNotSigned: 'host' } };
  expect(refusal(received('GET', withoutHost, { range: 'bytes=0-1' }))).toMatchObject(headersNotSigned);
  const hostless = { ...received('GET', withoutHost), rawHeaders: ['range', 'bytes=0-1'] };
  expect(refusal(hostless)).toMatchObject(headersNotSigned);
});

test('the host is compared with its port', () => {
  expect(refusal(received('GET', presign(), { host: '127.0.0.1' })).code).toBe('SignatureDoesNotMatch');
  expect(refusal(received('GET', presign(), { host: '127.0.0.1:4502' })).code).toBe('SignatureDoesNotMatch');
});

describe('an upload signed for its type and length', () => {
  const headers = { 'content-type': 'image/png', 'content-length': '1024' };
  const upload = presign({ method: 'PUT', headers });

  test('is accepted with both', () => {
    const { signedHeaders } = verify(
      received('PUT', upload, { 'Content-Length': '1024', 'Content-Type': 'image/png' }),
    );
    expect([...signedHeaders]).toEqual(['content-length', 'content-type', 'host']);
  });

  test.each(['content-type', 'content-length'] as const)('is refused without its %s', (name) => {
    const { [name]: _, ...rest } = headers;
    expect(refusal(received('PUT', upload, rest))).toMatchObject({
      code: 'SignatureDoesNotMatch',
      details: { HeadersMissing: name },
    });
  });

  test.each([
    { 'content-type': 'text/html' },
    { 'content-length': '1023' },
    { 'content-length': '1025' },
    { 'content-length': '01024' },
  ])('is refused with another: %o', (change) => {
    expect(refusal(received('PUT', upload, { ...headers, ...change })).code).toBe('SignatureDoesNotMatch');
  });
});
