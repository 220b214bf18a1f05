import { expect, it } from 'vitest';
import { virtualHostDomain } from './objects.ts';

it.each([
  ['https://files.example.com', 'files.example.com'],
  ['https://files.example.com:8443/', 'files.example.com'],
  ['http://localhost:4501', 'localhost'],
  ['http://127.0.0.1:4501', 'localhost'],
  ['http://[::1]:4501', 'localhost'],
])('buckets of a store at %s have host names below %s', (publicUrl, domain) => {
  expect(virtualHostDomain(publicUrl)).toBe(domain);
});
