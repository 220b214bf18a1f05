import { describe, expect, test } from 'vitest';
import { endpoint, presign, received, refusal, sign, verify } from '../test/endpoint.ts';
import { formatCanonicalQuery } from './canonical-request.ts';
import { parseRequestTarget } from './request-target.ts';

describe('the path', () => {
  test('is taken as it came: nothing is resolved, collapsed or cut', () => {
    const { path } = parseRequestTarget('/b/a/../c/%2e%2e//y#z;v=1');
    expect(path).toBe('/b/a/../c/..//y%23z%3Bv%3D1');
  });

  test('that was signed is not the one a URL parser would make of it', () => {
    const url = presign({ path: '/b/a/../secret' });
    expect(verify(received('GET', url))).toMatchObject({ target: { path: '/b/a/../secret' } });
    expect(refusal(received('GET', url.replace('/a/..', ''))).code).toBe('SignatureDoesNotMatch');
  });

  test.each(['/b/(%ed%95%9c)%20%2b', '/b/%28\xed\x95\x9c%29 %2B', '/b%2F(%ED%95%9C) +'])(
    'may be spelled otherwise on its way: %s',
    (path) => {
      const query = presign({ path: '/b/(한) +' }).split('?')[1];
      expect(verify(received('GET', `${endpoint}${path}?${query}`))).toMatchObject({ kind: 'query' });
    },
  );

  test.each([
    ['http://127.0.0.1:4501/b/k?a=1', '/b/k', 'a=1'],
    ['HTTP://127.0.0.1:4501/b//../%6b', '/b//../k', ''],
    ['https://s3.example.com', '/', ''],
    ['http://[::1]:4501?uploads', '/', 'uploads='],
  ])('of a target in absolute form is what follows its origin: %s', (rawUrl, path, query) => {
    const target = parseRequestTarget(rawUrl);
    expect(target).toMatchObject({ path, authority: new URL(rawUrl).host });
    expect(formatCanonicalQuery(target.query)).toBe(query);
  });

  test('in absolute form is verified with the host it names, whatever the Host header says', () => {
    const url = presign({ path: '/b/k' });
    const { host } = new URL(endpoint);
    const receive = (rawUrl: string, sentHost: string) => ({
      method: 'GET',
      rawUrl,
      rawHeaders: ['Host', sentHost],
    });
    expect(verify(receive(url, host))).toMatchObject({ kind: 'query', target: { path: '/b/k' } });
    expect(verify(receive(url, 'elsewhere'))).toMatchObject({ kind: 'query' });
    expect(refusal(receive(url.replace(host, 'elsewhere'), host)).code).toBe('SignatureDoesNotMatch');
  });

  test.each([
    '',
    '*',
    'b/k',
    'ftp://127.0.0.1/b/k',
    'http:///b/k',
    'http://user@127.0.0.1/b/k',
    'http://a b/k',
    'http://a\\b/k',
    '//%',
    '/b/%zz',
    '/b/k?a=%f',
  ])('%s is no request target of an origin server', (rawUrl) => {
    expect(() => parseRequestTarget(rawUrl)).toThrow(
      expect.objectContaining({ code: 'InvalidURI', status: 400 }),
    );
  });
});

describe('the query', () => {
  test.each([
    ['uploads', 'uploads='],
    ['uploads=', 'uploads='],
    ['b=1&a=2', 'a=2&b=1'],
    ['a=2&a=1&a', 'a=&a=1&a=2'],
    ['a=b=c', 'a=b%3Dc'],
    ['a=?', 'a=%3F'],
    ['&a=1&&b=2&', 'a=1&b=2'],
    ['=1', '=1'],
    ['', ''],
  ])('?%s is written %s', (rawQuery, canonical) => {
    expect(formatCanonicalQuery(parseRequestTarget(`/?${rawQuery}`).query)).toBe(canonical);
  });

  test('is sorted by name before value, by bytes', () => {
    // As whole strings 'a-b=1' would come before 'a=1', and by UTF-16 units U+10000 before U+FFFD.
    const rawQuery = 'a=1&a-b=1&%F0%90%80%80=1&%EF%BF%BD=1&B=1&_=1';
    const canonical = '%EF%BF%BD=1&%F0%90%80%80=1&B=1&_=1&a=1&a-b=1';
    expect(formatCanonicalQuery(parseRequestTarget(`/?${rawQuery}`).query)).toBe(canonical);
  });

  test('keeps the order it came in for its reader', () => {
    expect(parseRequestTarget('/?b=1&a=2').query).toEqual([
      ['b', '1'],
      ['a', '2'],
    ]);
  });

  test.each(['uploads&prefix=a+b%2f', 'prefix=%61%20b/&uploads=', 'uploads&&prefix=a%20b%2F&'])(
    'may be spelled otherwise on its way: %s',
    (rawQuery) => {
      const headers = sign({ query: { prefix: 'a b/', uploads: '' } });
      expect(verify(received('GET', `${endpoint}/b/k?${rawQuery}`, headers))).toMatchObject({
        kind: 'header',
      });
    },
  );
});
