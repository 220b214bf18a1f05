import { createSigner, type VerifyOptions, verifyRequest } from '@bkend/sigv4';
import { expect, it } from 'vitest';
import { readTarget } from '../http/s3-target.ts';
import { VerifiedUrlCache } from './verified-url-cache.ts';

const endpoint = 'http://127.0.0.1:4501';
const region = 'us-east-1';
const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const options: VerifyOptions = { region, now: new Date(), findSecret: () => credentials.secretAccessKey };
const signer = createSigner({ credentials, region });

const ask = (key: string, query: Record<string, string> = {}) => {
  const input = { method: 'GET', endpoint, path: `/b/${key}`, query, expiresInSeconds: 900, at: options.now };
  const url = signer.presign(input).slice(endpoint.length);
  return { method: 'GET', url, rawHeaders: ['Host', '127.0.0.1:4501'] };
};

/** Verifies, as if it had just come, and hands it over. */
function keep(urls: VerifiedUrlCache, request: ReturnType<typeof ask>): void {
  const verified = verifyRequest({ ...request, rawUrl: request.url }, options);
  const target = readTarget(verified.target, { host: '127.0.0.1:4501', baseDomain: undefined });
  urls.keep(request, { verified, target }, options);
}

it('finds what was kept', () => {
  const urls = new VerifiedUrlCache();
  keep(urls, ask('key'));
  expect(urls.find(ask('key'), options)?.target).toMatchObject({ bucket: 'b', key: 'key' });
  expect(urls.find(ask('other'), options)).toBeUndefined();
});

it.each([
  ['a long key', ask('k'.repeat(1024), { prefix: 'p'.repeat(1024) })],
  [
    'many parameters',
    ask('key', Object.fromEntries(Array.from({ length: 20 }, (_, each) => [`p${each}`, '']))),
  ],
  ['parameters that are nothing', { ...ask('key'), url: `${ask('key').url}${'&'.repeat(2000)}` }],
])('keeps no URL with %s, which would let strangers fill the memory', (_, request) => {
  const urls = new VerifiedUrlCache();
  keep(urls, request);
  expect(urls.find(request, options)).toBeUndefined();
});

it('keeps some thousands, and lets go of the oldest', () => {
  const urls = new VerifiedUrlCache();
  for (let key = 0; key <= 4096; key++) keep(urls, ask(String(key)));
  expect(urls.find(ask('0'), options)).toBeUndefined();
  expect(urls.find(ask('1'), options)).toBeDefined();
});

it('finds nothing once the key has another secret, nor ever again', () => {
  const urls = new VerifiedUrlCache();
  keep(urls, ask('key'));
  expect(urls.find(ask('key'), { ...options, findSecret: () => 'another' })).toBeUndefined();
  expect(urls.find(ask('key'), options)).toBeUndefined();
});
