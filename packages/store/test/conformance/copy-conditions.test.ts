import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { useStore } from '../use-store.ts';

const store = await useStore();

const copy = (path: string, headers: Record<string, string>) =>
  store.send({ method: 'PUT', path, headers: { 'x-amz-copy-source': '/bucket/source', ...headers } });
const put = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
  store.send({ method: 'PUT', path: '/bucket/source', body, headers });
const etagOf = (body: string) => `"${createHash('md5').update(body).digest('hex')}"`;

it.each([
  ['small', 'bytes'],
  ['large', 'b'.repeat(200_000)],
])(
  'a %s copy that replaces metadata and tags has nothing of its source but the bytes and their checksum',
  async (_, body) => {
    const sent = {
      'cache-control': 'public, max-age=31536000',
      'content-disposition': 'inline',
      'content-encoding': 'gzip',
      'content-language': 'ko',
      expires: 'Thu, 01 Jan 2099 00:00:00 GMT',
      'x-amz-website-redirect-location': 'http://elsewhere.example.com/',
      'x-amz-meta-a': 'b',
      'x-amz-tagging': 'a=b',
      'content-type': 'text/html',
    };
    const checksum = createHash('sha256').update(body).digest('base64');
    await put(body, { ...sent, 'x-amz-checksum-sha256': checksum });
    const answer = await copy('/bucket/sealed', {
      'x-amz-metadata-directive': 'REPLACE',
      'x-amz-tagging-directive': 'REPLACE',
      'content-type': 'image/png',
    });
    expect(answer.status).toBe(200);
    const { headers } = await store.send({
      path: '/bucket/sealed',
      headers: { 'x-amz-checksum-mode': 'ENABLED' },
    });
    expect(headers).toMatchObject({ 'content-type': 'image/png', 'x-amz-checksum-sha256': checksum });
    for (const name of [...Object.keys(sent), 'x-amz-tagging-count']) {
      if (name !== 'content-type') expect(headers, name).not.toHaveProperty(name);
    }
  },
);

it('the condition on a source is held against the very version that is copied, while others replace it', async () => {
  const bodies = ['first', 'second'.repeat(20_000)];
  for (let round = 0; round < 60; round++) {
    const [body = '', other = ''] = round % 2 === 0 ? bodies : bodies.toReversed();
    await put(body);
    const path = `/bucket/copy-${round}`;
    const [answer] = await Promise.all([
      copy(path, { 'x-amz-copy-source-if-match': etagOf(body), 'x-amz-metadata-directive': 'REPLACE' }),
      put(other),
    ]);
    expect([200, 412], answer.text).toContain(answer.status);
    const copied = await store.send({ path });
    if (answer.status === 200)
      expect(copied.text === body && copied.headers.etag === etagOf(body)).toBe(true);
    else expect(copied.code).toBe('NoSuchKey');
  }
});

it('a copy without conditions is of one version or the other, never refused for a replacement', async () => {
  for (let round = 0; round < 20; round++) {
    await put('one');
    const [answer] = await Promise.all([copy('/bucket/either', {}), put('two')]);
    expect(answer.status).toBe(200);
    expect(['one', 'two']).toContain((await store.send({ path: '/bucket/either' })).text);
  }
});

it('copies of a large object take no file of their own, and outlive their source', async () => {
  const filesOf = async () =>
    (await readdir(join(store.dataDir, 'blobs'), { recursive: true })).filter((name) => name.includes('/'));
  await put(Buffer.alloc(3_000_000, 1));
  const before = await filesOf();
  for (let n = 0; n < 20; n++) expect((await copy(`/bucket/by-reference-${n}`, {})).status).toBe(200);
  expect(await filesOf()).toEqual(before);
  await store.send({ method: 'DELETE', path: '/bucket/source' });
  expect(
    (await store.send({ path: '/bucket/by-reference-19' })).body.equals(Buffer.alloc(3_000_000, 1)),
  ).toBe(true);
});
