import { describe, expect, test } from 'vitest';
import { proxyFromEnv } from './proxy-from-env.ts';

const proxyFor = (url: string, env: Record<string, string>) => proxyFromEnv(new URL(url), env)?.href;
const http = { http_proxy: 'http://proxy:3128' };

describe('proxyFromEnv', () => {
  test.each<[string, Record<string, string>, string | undefined]>([
    ['http://a.example', {}, undefined],
    ['http://a.example', http, 'http://proxy:3128/'],
    ['https://a.example', http, undefined],
    ['https://a.example', { HTTPS_PROXY: 'proxy:3128' }, 'http://proxy:3128/'],
    ['https://a.example', { https_proxy: 'https://p', HTTPS_PROXY: 'http://q' }, 'https://p/'],
    ['https://a.example', { ALL_PROXY: 'http://p' }, 'http://p/'],
    ['http://a.example', { HTTP_PROXY: 'http://p', REQUEST_METHOD: 'GET' }, undefined],
    ['http://a.example', { HTTP_PROXY: '' }, undefined],
  ])('the proxy for %s with %j is %s', (url, env, proxy) => {
    expect(proxyFor(url, env)).toBe(proxy);
  });

  test.each<[string, string, boolean]>([
    ['*', 'http://a.example', true],
    ['a.example', 'http://a.example', true],
    ['A.Example', 'http://a.example', true],
    ['example', 'http://a.example', true],
    ['.example', 'http://a.example', true],
    ['*.a.example', 'http://b.a.example', true],
    ['xample', 'http://a.example', false],
    ['b.example, a.example', 'http://a.example', true],
    ['b.example a.example', 'http://a.example', true],
    ['a.example:80', 'http://a.example', true],
    ['a.example:8080', 'http://a.example', false],
    ['127.0.0.1', 'http://127.0.0.1:4500', true],
    ['::1', 'http://[::1]:4500', true],
    ['[::1]', 'http://[::1]:4500', true],
    ['[::1]:4501', 'http://[::1]:4500', false],
    ['', 'http://a.example', false],
  ])('with no_proxy %j, %s is direct: %s', (list, url, isDirect) => {
    expect(proxyFor(url, { ...http, no_proxy: list })).toBe(isDirect ? undefined : 'http://proxy:3128/');
  });

  test('a proxy of another kind than HTTP is refused', () => {
    expect(() => proxyFor('http://a.example', { http_proxy: 'socks5://p' })).toThrow(/http_proxy/);
  });
});
