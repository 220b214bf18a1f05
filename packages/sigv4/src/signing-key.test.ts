import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { createSigningKeyCache, deriveSigningKey } from './signing-key.ts';

const scope = { date: '20150830', region: 'us-east-1', service: 'iam' };
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

test('the key is derived as in the AWS documentation', () => {
  expect(deriveSigningKey(secret, scope).export().toString('hex')).toBe(
    'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9',
  );
});

test('the key does not show when it is logged', () => {
  const hex = deriveSigningKey(secret, scope).export().toString('hex');
  expect(inspect(deriveSigningKey(secret, scope), { depth: 9, showHidden: true })).not.toContain(
    hex.slice(0, 8),
  );
});

test('a cache gives the same key while it remembers it, and forgets the one used longest ago', () => {
  const keys = createSigningKeyCache(2);
  const ofDay = (date: string) => keys(secret, { ...scope, date });
  const first = ofDay('20260301');
  const second = ofDay('20260302');
  expect(ofDay('20260301')).toBe(first);
  ofDay('20260303'); // forgets the second
  expect(ofDay('20260301')).toBe(first);
  expect(ofDay('20260302')).not.toBe(second);
  expect(ofDay('20260302').equals(second)).toBe(true);
});

test.each([
  { ...scope, date: '20150831' },
  { ...scope, region: 'us-east-2' },
  { ...scope, service: 's3' },
])('another scope has another key: %o', (other) => {
  const keys = createSigningKeyCache(10);
  expect(keys(secret, other).equals(keys(secret, scope))).toBe(false);
  expect(keys('another secret', scope).equals(keys(secret, scope))).toBe(false);
});
