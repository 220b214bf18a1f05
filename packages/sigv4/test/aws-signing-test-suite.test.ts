import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  collectHeaders,
  formatCanonicalQuery,
  formatCanonicalRequest,
  formatStringToSign,
} from '../src/canonical-request.ts';
import { parseRequestTarget } from '../src/request-target.ts';
import { computeSignature, deriveSigningKey, formatScope } from '../src/signing-key.ts';
import { headerCases, queryCases } from './aws-signing-cases.ts';

const timestamp = '20150830T123600Z';
const scope = { date: '20150830', region: 'us-east-1', service: 'service' };
const signingKey = deriveSigningKey('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', scope);

describe('a request of the AWS signing test suite, signed in a header,', () => {
  test.each(headerCases)('has the published signature: $name', ({ signature, ...request }) => {
    const headers = collectHeaders([
      'Host',
      'example.amazonaws.com',
      'X-Amz-Date',
      timestamp,
      ...(request.headers ?? []),
    ]);
    expect(signatureOf({ ...request, target: request.target ?? '/', headers })).toBe(signature);
  });
});

describe('a request of the AWS signing test suite, signed in the query,', () => {
  test.each(queryCases)('has the published signature: $name', ({ signature, target = '/', ...request }) => {
    const headers = collectHeaders(['Host', 'example.amazonaws.com', ...(request.headers ?? [])]);
    const parameters = [
      'X-Amz-Algorithm=AWS4-HMAC-SHA256',
      `X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request`,
      `X-Amz-Date=${timestamp}`,
      'X-Amz-Expires=3600',
      `X-Amz-SignedHeaders=${[...headers.keys()].join('%3B')}`,
    ];
    const signedTarget = `${target}${target.includes('?') ? '&' : '?'}${parameters.join('&')}`;
    expect(signatureOf({ ...request, target: signedTarget, headers })).toBe(signature);
  });
});

function signatureOf(request: {
  method?: string;
  target: string;
  headers: ReadonlyMap<string, string>;
  body?: string;
}): string {
  const { method = 'GET', headers, body = '' } = request;
  const bytesOfTarget = Buffer.from(request.target).toString('latin1'); // as Node gives `req.url`
  const { path, query } = parseRequestTarget(bytesOfTarget);
  const canonicalRequest = formatCanonicalRequest({
    method,
    path,
    query: formatCanonicalQuery(query),
    headers,
    signedHeaders: [...headers.keys()].sort(),
    payloadHash: createHash('sha256').update(body).digest('hex'),
  });
  return computeSignature(signingKey, formatStringToSign(timestamp, formatScope(scope), canonicalRequest));
}
