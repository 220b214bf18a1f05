import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { namesOneHost } from './request-head.ts';

function requestOf(rawHeaders: string[], httpVersion = '1.1'): IncomingMessage {
  return Object.assign(new IncomingMessage(new Socket()), { rawHeaders, httpVersion });
}

describe('a message names one host', () => {
  it.each([
    'a',
    'a.',
    'files.example:4500',
    'a_b',
    'xn--bcher-kva',
    '%61',
    '127.0.0.1:1',
    '[::1]',
    '[::1]:80',
    'a:',
  ])('with Host: %s', (host) => {
    expect(namesOneHost(requestOf(['Accept', '*/*', 'hOsT', host]))).toBe(true);
  });

  it.each([
    ...['', ' ', 'a b/c', 'user@a', 'a/b', 'a?x', 'a#x', 'a\\b', '<a>', 'a,b', 'a\xe9', '%zz'],
    ...['a:b', 'a:65536', 'a:99999', 'a:80:80', ':80', '::1', '[::1', '[::1]x', '[]', '[a b]', 'http://a'],
  ])('not with Host: %s', (host) => {
    expect(namesOneHost(requestOf(['Host', host]))).toBe(false);
  });

  it('not with two of them, though they be equal', () => {
    expect(namesOneHost(requestOf(['Host', 'a', 'HOST', 'a']))).toBe(false);
    expect(namesOneHost(requestOf(['Host', 'a', 'Host', 'b'], '1.0'))).toBe(false);
  });

  it('without a Host header in HTTP/1.0 only', () => {
    expect(namesOneHost(requestOf(['X-Host', 'a'], '1.0'))).toBe(true);
    expect(namesOneHost(requestOf(['X-Host', 'a'], '1.1'))).toBe(false);
  });
});
