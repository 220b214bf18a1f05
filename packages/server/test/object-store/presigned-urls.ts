import { describe, expect, test } from 'vitest';
import { newKey, put, putObject } from './client.ts';
import type { Subject } from './contract.ts';

const png = { 'content-type': 'image/png' };
const body = 'exactly 24 bytes of file';

export function describePresignedUrls(subject: Subject): void {
  const presignPut = (key: string) =>
    subject.store.presignPut({ key, contentType: 'image/png', sizeBytes: body.length, expiresInSeconds: 60 });
  const expectNothingStored = async (key: string) => {
    expect(await subject.store.head(key)).toBeUndefined();
  };

  describe('a presigned PUT', () => {
    test('stores the bytes under the type that was signed', async () => {
      const key = newKey();
      const answer = await put(await presignPut(key), body, png);
      expect(answer.status).toBe(200);
      const info = await subject.store.head(key);
      expect(info).toMatchObject({ sizeBytes: body.length, contentType: 'image/png' });
      expect(answer.headers.get('etag')).toBe(`"${info?.etag}"`);
    });

    test.each([
      ['another type', { 'content-type': 'text/html' }, body],
      ['no type', {}, Buffer.from(body)],
      ['one byte more', png, `${body}!`],
      ['one byte less', png, body.slice(1)],
      ['no bytes', png, ''],
    ])('is refused with %s, and nothing is stored', async (_what, headers, sent) => {
      const key = newKey();
      const answer = await put(await presignPut(key), sent, headers as Record<string, string>);
      expect(answer.status).toBe(403);
      await expectNothingStored(key);
    });

    test('is refused without a length, and nothing is stored', async () => {
      const key = newKey();
      const stream = new Blob([body]).stream();
      const chunked: RequestInit & { duplex: 'half' } = {
        method: 'PUT',
        body: stream,
        headers: png,
        duplex: 'half',
      };
      const status = await fetch(await presignPut(key), chunked).then(
        (answer) => answer.status,
        () => 'connection closed',
      );
      expect([400, 403, 411, 'connection closed']).toContain(status);
      await expectNothingStored(key);
    });

    test('takes any length where none was announced', async () => {
      const key = newKey();
      const url = await subject.store.presignPut({ key, contentType: 'image/png', expiresInSeconds: 60 });
      expect((await put(url, 'four', png)).status).toBe(200);
      expect((await subject.store.head(key))?.sizeBytes).toBe(4);
    });

    test('is refused once it has expired', async () => {
      const key = newKey();
      const anHourAgo = subject.storeAt(() => new Date(Date.now() - 3_600_000));
      const url = await anHourAgo.presignPut({ key, contentType: 'image/png', expiresInSeconds: 3_540 });
      expect((await put(url, body, png)).status).toBe(403);
      await expectNothingStored(key);
    });

    test('is still good shortly before it expires', async () => {
      const key = newKey();
      const anHourAgo = subject.storeAt(() => new Date(Date.now() - 3_600_000));
      const url = await anHourAgo.presignPut({ key, contentType: 'image/png', expiresInSeconds: 3_660 });
      expect((await put(url, body, png)).status).toBe(200);
    });

    test.each([
      ['for another object', (url: URL) => url.pathname.replace('file.bin', 'else.bin')],
      ['with a longer life', (url: URL) => url.href.replace('X-Amz-Expires=60', 'X-Amz-Expires=600')],
      ['with fewer signed headers', (url: URL) => url.href.replace('content-length%3B', '')],
      ['with another signature', (url: URL) => url.href.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
      ['without its signature', (url: URL) => url.pathname],
    ])('is refused %s', async (_how, tamper) => {
      const key = newKey();
      const url = new URL(await presignPut(key));
      const tampered = new URL(tamper(url), url);
      if (tampered.search === '' && tampered.pathname !== url.pathname) tampered.search = url.search;
      expect(tampered.href).not.toBe(url.href);
      expect((await put(tampered.href, body, png)).status).toBe(403);
      await expectNothingStored(key);
    });

    test('opens nothing for another method', async () => {
      const key = newKey();
      await putObject(subject.store, key, body);
      const url = await presignPut(key);
      expect((await fetch(url)).status).toBe(403);
      expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
      expect(await subject.store.head(key)).toBeDefined();
    });

    test.each([
      '한글 사진.jpg',
      'combining a\u0308 mark.txt',
      '🗂️ emoji.bin',
      'plus+percent%25 & = ? # ;.bin',
      "quotes ' ( ) ! * ~ @ : , $.bin",
      'a//b',
      '%2e%2e.bin',
    ])('works for a key ending in %j', async (name) => {
      const key = newKey(name);
      await putObject(subject.store, key, body);
      expect((await subject.store.head(key))?.sizeBytes).toBe(body.length);
      const presigned = { contentType: 'text/plain', contentDisposition: 'inline', expiresInSeconds: 60 };
      const answer = await fetch(await subject.store.presignGet({ key, ...presigned }));
      expect(await answer.text()).toBe(body);
    });
  });

  describe('a presigned GET', () => {
    const disposition =
      'attachment; filename="__ 2026.png"; filename*=UTF-8\'\'%ED%95%9C%EA%B8%80%202026.png';
    const presignGet = async (key: string) =>
      await subject.store.presignGet({
        key,
        contentType: 'image/png',
        contentDisposition: disposition,
        expiresInSeconds: 60,
      });

    test('answers with the type and the name that were signed, a Korean one too', async () => {
      const key = newKey();
      await putObject(subject.store, key, body);
      const answer = await fetch(await presignGet(key));
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('image/png');
      expect(answer.headers.get('content-disposition')).toBe(disposition);
      expect(await answer.text()).toBe(body);
    });

    test('answers a range with just that', async () => {
      const key = newKey();
      await putObject(subject.store, key, body);
      const url = await presignGet(key);
      const middle = await fetch(url, { headers: { range: 'bytes=8-9' } });
      expect(middle.status).toBe(206);
      expect(middle.headers.get('content-range')).toBe(`bytes 8-9/${body.length}`);
      expect(await middle.text()).toBe('24');
      const tail = await fetch(url, { headers: { range: 'bytes=-4' } });
      expect(await tail.text()).toBe('file');
      const beyond = await fetch(url, { headers: { range: 'bytes=1000-' } });
      expect(beyond.status).toBe(416);
    });

    test.each([
      ['type', 'response-content-type=image%2Fpng', 'response-content-type=text%2Fhtml'],
      ['disposition', 'response-content-disposition=attachment', 'response-content-disposition=inline'],
    ])('is refused with another %s', async (_what, signed, changed) => {
      const key = newKey();
      await putObject(subject.store, key, body);
      const url = await presignGet(key);
      expect(url).toContain(signed);
      expect((await fetch(url.replace(signed, changed))).status).toBe(403);
    });

    test('is a 404 where there is no object', async () => {
      expect((await fetch(await presignGet(newKey()))).status).toBe(404);
    });

    test('is the only way in: the plain location opens nothing', async () => {
      const key = newKey();
      await putObject(subject.store, key, body);
      expect((await fetch(subject.store.location(key))).status).toBe(403);
      expect((await presignGet(key)).startsWith(`${subject.store.location(key)}?`)).toBe(true);
    });
  });
}
