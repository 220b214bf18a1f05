import { expect, test } from 'vitest';
import { endpoint, received, refusal, sign, verify } from '../test/endpoint.ts';
import { canonicalHeaderValue, collectHeaders } from './headers.ts';

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
