import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { pathOf, toOriginForm } from './request-head.ts';

function requestOf(url: string, rawHeaders: string[] = ['Host', 'of-the-header']): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.url = url;
  request.rawHeaders = rawHeaders;
  request.headers.host = 'of-the-header';
  return request;
}

describe('toOriginForm', () => {
  it.each([
    ['http://h/health/live', '/health/live', 'h'],
    ['HTTP://h:4500/v1/files?limit=1', '/v1/files?limit=1', 'h:4500'],
    ['https://h', '/', 'h'],
    ['http://h?a=/b', '/?a=/b', 'h'],
    ['http://[::1]:80/x', '/x', '[::1]:80'],
    ['http://user:secret@h/x', '/x', 'h'],
    ['http://h/a?b=http://c/d', '/a?b=http://c/d', 'h'],
  ])('reads %s as %s of %s', (target, url, host) => {
    const request = requestOf(target);
    toOriginForm(request);
    expect([request.url, request.headers.host]).toEqual([url, host]);
    expect(request.rawHeaders).toEqual(['Host', host]);
  });

  it.each(['/plain', '/http://h/x', '//h/x', '*', 'h:443', 'ftp://h/x', 'http:///x', ''])(
    'leaves %j as it is',
    (target) => {
      const request = requestOf(target);
      toOriginForm(request);
      expect([request.url, request.headers.host]).toEqual([target, 'of-the-header']);
    },
  );
});

describe('pathOf', () => {
  it.each([
    ['/health/live', '/health/live'],
    ['/health/live?a=b', '/health/live'],
    ['/health/l%69ve', '/health/live'],
    ['/%68%65%61%6C%74%68/%6cive?%', '/health/live'],
    ['/%6Detrics', '/metrics'],
    ['/health%2Flive', '/health%2Flive'],
    ['/health%2flive', '/health%2flive'],
    ['/health/live%', '/health/live%'],
    ['/health/live%zz', '/health/live%zz'],
    ['/health/live%00', '/health/live%00'],
    ['/health/live/', '/health/live/'],
    ['/%2568ealth', '/%2568ealth'],
  ])('of %s is %s', (target, path) => {
    expect(pathOf(target)).toBe(path);
  });
});
