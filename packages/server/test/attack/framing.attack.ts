import type { FileView, PresignUploadAnswer } from '@bkend/storage-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { putBytes, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { speak } from '../../../test-support/src/network/raw-http.ts';
import { expectAlive, hosts } from './alive.ts';
import { createAttackedTenant } from './attacked-tenant.ts';

let alice: Client;
beforeAll(async () => {
  alice = (await createAttackedTenant()).user('alice');
});
afterAll(expectAlive);

const names = ['api', 'objects', 'images'] as const;
const head = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`;
const next = head('GET /health/live HTTP/1.1', 'Host: h', 'Connection: close');
/** Statuses of all status lines, also within a line: a response need not end with a line break. */
const statusesIn = (answer: string) =>
  Array.from(answer.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status));
const smuggled = head('GET /health/smuggled HTTP/1.1', 'Host: h', 'Connection: close');

/** Messages whose end two readers may see at different bytes: nothing behind them may be read as a request. */
const ambiguous: Record<string, string> = {
  'a length and chunks': `${head('POST /v1/files HTTP/1.1', 'Host: h', 'Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  'chunks and a length': `${head('POST /v1/files HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked', 'Content-Length: 4')}0\r\n\r\n`,
  'two lengths': `${head('POST /v1/files HTTP/1.1', 'Host: h', 'Content-Length: 0', 'Content-Length: 5')}`,
  'two lengths in one line': `${head('POST /v1/files HTTP/1.1', 'Host: h', 'Content-Length: 0, 5')}`,
  'a length with a sign': `${head('POST /v1/files HTTP/1.1', 'Host: h', 'Content-Length: +0')}`,
  'a negative length': `${head('POST /v1/files HTTP/1.1', 'Host: h', 'Content-Length: -1')}`,
  'a length in hex': `${head('POST /v1/files HTTP/1.1', 'Host: h', 'Content-Length: 0x0')}`,
  'an encoding that is unknown': `${head('POST /v1/files HTTP/1.1', 'Host: h', 'Transfer-Encoding: xchunked')}`,
  'two encodings': `${head('POST /v1/files HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity')}0\r\n\r\n`,
  'a space before the colon': `${head('POST /v1/files HTTP/1.1', 'Host: h', 'Transfer-Encoding : chunked', 'Content-Length: 0')}`,
  'a header line that is folded': `${head('GET /health/live HTTP/1.1', 'Host: h', 'X-A: 1', ' Content-Length: 5')}`,
  'a malformed chunk size': `${head('POST /v1/files HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked')}zz\r\n\r\n`,
  'a line feed alone': 'GET /health/live HTTP/1.1\nHost: h\n\n',
  'a zero byte in a header': `${head('GET /health/live HTTP/1.1', 'Host: h', 'X-A: \0')}`,
  'a header without a name': `${head('GET /health/live HTTP/1.1', 'Host: h', ': 1')}`,
  'no HTTP at all': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
};

describe.each(names)('the %s host', (name) => {
  const url = () => hosts()[name];

  it.each(Object.entries(ambiguous))('reads nothing behind a message with %s', async (_, message) => {
    const answer = await speak(url(), message + smuggled, 15_000);
    const statuses = statusesIn(answer);
    expect(statuses.length).toBeLessThanOrEqual(1);
    if (statuses.length === 1) expect(statuses[0]).toBeGreaterThanOrEqual(400);
    expect(answer).not.toContain('smuggled');
  });

  it.each([
    ['two Host headers', ['Host: h', 'Host: i']],
    ['two equal Host headers', ['Host: h', 'Host: h']],
    ['no Host header', []],
    ['an empty Host', ['Host: ']],
    ['a Host with a path', ['Host: a b/c']],
    ['a Host with a user', ['Host: user@h']],
    ['a Host with a port beyond all', ['Host: h:99999']],
    ['two hosts in one header', ['Host: h, i']],
    ['a Host behind two thousand headers', ['Host: h', ...Array<string>(2_100).fill('a:b'), 'Host: i']],
  ])('answers 400 to %s', async (_, lines) => {
    const answer = await speak(url(), head('GET /health/live HTTP/1.1', ...lines, 'Connection: close'));
    expect(statusesIn(answer)).toEqual([400]);
    expect(answer).toMatch(/x-(amz-)?request-id: /i);
    expect(answer).toMatch(/"code":"common\/invalid-parameters"|<Code>BadRequest<\/Code>/);
  });

  it.each([
    '/health/live',
    'http://h/health/live',
    'HTTP://other.example:80/health/live',
    '/health/l%69ve',
    '/%68ealth/live',
    '/health/live?x=1',
  ])('answers %s at once, whatever it answers', async (target) => {
    const begun = performance.now();
    const answer = await speak(url(), head(`GET ${target} HTTP/1.1`, 'Host: h', 'Connection: close'));
    expect([200, 404]).toContain(statusesIn(answer)[0]);
    if (!target.includes('%')) expect(statusesIn(answer)).toEqual([200]);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it.each(['/metrics', '/%6Detrics', '/m%65trics', 'http://h/metrics', '//metrics', '/./metrics'])(
    'has no metrics at %s',
    async (target) => {
      const answer = await speak(url(), head(`GET ${target} HTTP/1.1`, 'Host: h', 'Connection: close'));
      expect(statusesIn(answer)).toHaveLength(1);
      expect(answer).not.toMatch(/# (HELP|TYPE)|process_cpu/);
      expect(statusesIn(answer)[0]).toBeGreaterThanOrEqual(400);
    },
  );

  it.each([
    '*',
    '/%',
    '/%00',
    '/%ff%fe',
    '/..%2f..%2fetc/passwd',
    '/../../etc/passwd',
    '/\\..\\..',
    `/${'a'.repeat(10_000)}`,
    'x:/',
    'http://',
    '//',
    '/;/',
    '/health/live/../../metrics',
    '/docs/../v1/files',
    '/docs/%2e%2e/v1/usage',
    '/docs/..\\v1\\environment',
  ])('answers once to the target %s', async (target) => {
    const answer = await speak(url(), head(`GET ${target} HTTP/1.1`, 'Host: h', 'Connection: close'));
    const statuses = statusesIn(answer);
    expect(statuses).toHaveLength(1);
    expect(statuses[0]).toBeLessThan(500);
    expect(answer).not.toMatch(/root:|node:internal|at \w+ \(|Cannot read|FST_ERR/);
  });

  it.each(['CONNECT', 'TRACE', 'PRI', 'BREW', 'get'])(
    'answers the method %s, or hangs up',
    async (method) => {
      const answer = await speak(
        url(),
        head(`${method} /health/live HTTP/1.1`, 'Host: h', 'Connection: close'),
        15_000,
      );
      for (const status of statusesIn(answer)) expect(status).toBeGreaterThanOrEqual(400);
    },
  );

  it('answers CONNECT, which takes the connection out of HTTP', async () => {
    const answer = await speak(url(), head('CONNECT other.example:443 HTTP/1.1', 'Host: h'), 15_000);
    expect(statusesIn(answer)).toEqual([405]);
    expect(answer).toMatch(/^allow: GET/im);
  });

  it('answers a request before it refuses what follows and is not a request', async () => {
    const message = `${head('GET /some/thing HTTP/1.1', 'Host: h')}NONSENSE\r\n\r\n`;
    const [first] = statusesIn(await speak(url(), message, 15_000));
    expect([403, 404]).toContain(first);
  });

  it('switches to no other protocol', async () => {
    const lines = [
      'Host: h',
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQAAP__',
    ];
    const answer = await speak(url(), head('GET /health/live HTTP/1.1', ...lines) + next, 5_000);
    expect(statusesIn(answer)).not.toContain(101);
  });

  it('answers a hundred requests sent at once, each in its turn', async () => {
    const one = head('GET /health/live HTTP/1.1', 'Host: h');
    const answer = await speak(url(), one.repeat(99) + next, 30_000);
    expect(statusesIn(answer)).toEqual(Array<number>(100).fill(200));
  });
});

describe('what an uploader puts into a file', () => {
  const script = '<script>alert(1)</script>';
  const answerInside =
    head('HTTP/1.1 200 OK', 'Content-Type: text/html', `Content-Length: ${script.length}`) + script;
  const first = Buffer.alloc(64 * 1024, '\0A');
  const longer = Buffer.concat([first, Buffer.from(answerInside.repeat(2_000))]);

  /** Registers bytes of an unannounced size, and sends others to the same URL. */
  async function poison(second: Buffer<ArrayBuffer>): Promise<FileView> {
    const { url, key } = await alice.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', {
      filename: 'a.png',
      contentType: 'image/png',
    });
    await (await putBytes(url, first, 'image/png')).arrayBuffer();
    const body = {
      s3Key: key,
      size: first.length,
      originalName: 'a.png',
      mimeType: 'image/png',
      visibility: 'public',
    };
    const file = await alice.ask<FileView>('POST', '/v1/files', body);
    await (await putBytes(url, second, 'image/png')).arrayBuffer();
    return file;
  }

  it.each([
    ['longer', longer],
    ['shorter', first.subarray(0, 100)],
  ])('becomes no answer of its own, where what is sent later is %s', async (_, second) => {
    const file = await poison(second);
    const harmless = await uploadFile(alice, { visibility: 'public' });
    const { pathname } = new URL(file.url ?? '');
    const other = new URL(harmless.url ?? '').pathname;
    for (let round = 0; round < 20; round += 1) {
      const get = (path: string, ...lines: string[]) => head(`GET ${path} HTTP/1.1`, 'Host: h', ...lines);
      const answer = await speak(
        hosts().images,
        get(pathname) + get(other) + get('/nothing', 'Connection: close'),
        20_000,
      );
      expect(statusesIn(answer)).toEqual([200, 200, 404]);
      expect(answer).not.toContain('alert(1)');
      expect(answer.split('\r\n\r\n')[1]?.slice(0, first.length)).toBe(first.toString('latin1'));
    }
  });

  it('becomes no header, whatever its name', async () => {
    const names = [
      'a\r\nX-Evil: 1.txt',
      'a"; filename="b.html',
      "a'.txt",
      'a\u2028b.txt',
      'ä"\\.txt',
      '한글 🎵.txt',
    ];
    for (const originalName of names) {
      const presigned = await alice.send<PresignUploadAnswer>('POST', '/v1/files/presigned-url', {
        filename: originalName,
        contentType: 'text/plain',
      });
      if (presigned.status >= 400) continue;
      const file = await uploadFile(alice, { originalName, visibility: 'public' });
      // Its address on the images host, and a URL of the object store.
      for (const request of [{}, { expiresIn: 600 }]) {
        const path = `/v1/files/${file.id}/download-url`;
        const { url } = await alice.ask<{ url: string }>('POST', path, request);
        const answer = await fetch(url);
        await answer.arrayBuffer();
        expect(answer.status).toBe(200);
        expect(answer.headers.get('x-evil')).toBeNull();
        expect(answer.headers.get('content-disposition')).toMatch(
          /^attachment; filename="(?:[^"\\\r\n]|\\.)*"(?:; filename\*=UTF-8''[\w%!#$&+.^`|~-]+)?$/,
        );
      }
    }
  });
});
