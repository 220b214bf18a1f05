import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { emptySha256, endpoint, received, refusal, secretAccessKey, sign, verify } from '../test/endpoint.ts';
import { canonicalHeaderValue, collectHeaders } from './canonical-request.ts';
import { computeSignature, deriveSigningKey } from './signing-key.ts';

test('names are compared without case', () => {
  expect(collectHeaders(['X-Amz-Meta-A', '1']).get('x-amz-meta-a')).toBe('1');
});

test('repeats are joined by a comma in the order they came, also those that Node would drop', () => {
  const headers = collectHeaders(['Host', 'a', 'x-amz-meta-a', '2', 'HOST', 'b', 'X-Amz-Meta-A', ' 1 ']);
  expect([...headers]).toEqual([
    ['host', 'a,b'],
    ['x-amz-meta-a', '2,1'],
  ]);
});

test.each([
  ['  a   b\t c ', 'a b c'],
  ['"a   b"', '"a b"'],
  ['', ''],
  [' \t ', ''],
])('blanks in "%s" are trimmed and folded', (value, canonical) => {
  expect(canonicalHeaderValue(value)).toBe(canonical);
});

test('bytes that only look like blanks are kept', () => {
  const aGrave = Buffer.from(' à \u3000').toString('latin1'); // its last bytes are 0xA0 and 0x80
  expect(canonicalHeaderValue(aGrave)).toBe(aGrave.slice(1));
});

test('a request is signed for its repeats in one order', () => {
  const url = `${endpoint}/b/k`;
  const { 'x-amz-meta-a': _, ...headers } = sign({ headers: { 'x-amz-meta-a': '2,1' } });
  const request = received('GET', url, headers);
  const withRepeats = (...values: string[]) => ({
    ...request,
    rawHeaders: [...request.rawHeaders, ...values.flatMap((value) => ['x-amz-meta-a', value])],
  });
  expect(verify(withRepeats('2', '1'))).toMatchObject({ kind: 'header' });
  expect(refusal(withRepeats('1', '2')).code).toBe('SignatureDoesNotMatch');
});

test('a client that signs the UTF-8 it sends agrees with Node, which gives it one character per byte', () => {
  const scope = { date: '20260301', region: 'eu-central-1', service: 's3' };
  const signedHeaders = 'host;x-amz-date;x-amz-meta-name';
  const canonicalRequest = `GET
/b/k

host:127.0.0.1:4501
x-amz-date:20260301T120000Z
x-amz-meta-name:à 한글

${signedHeaders}
${emptySha256}`;
  const hash = createHash('sha256').update(canonicalRequest, 'utf8').digest('hex');
  const scopeText = '20260301/eu-central-1/s3/aws4_request';
  const signature = computeSignature(
    deriveSigningKey(secretAccessKey, scope),
    `AWS4-HMAC-SHA256\n20260301T120000Z\n${scopeText}\n${hash}`,
  );
  const request = received('GET', `${endpoint}/b/k`, {
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scopeText},SignedHeaders=${signedHeaders},Signature=${signature}`,
    'x-amz-content-sha256': emptySha256,
    'x-amz-date': '20260301T120000Z',
    'x-amz-meta-name': Buffer.from('à 한글').toString('latin1'),
  });
  expect(verify(request)).toMatchObject({ kind: 'header' });
});
