import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { sendRaw } from '../running-store.ts';
import { useStore } from '../use-store.ts';

const store = await useStore({ buckets: ['bucket', 'other'] });
beforeAll(async () => {
  const headers = { 'content-type': 'text/plain', 'cache-control': 'no-store', 'x-amz-meta-colour': 'blue' };
  await store.send({ method: 'PUT', path: '/bucket/source', body: 'bytes', headers });
  await store.send({ method: 'PUT', path: '/bucket/empty' });
});

const copy = (path: string, source: string, headers: Record<string, string> = {}) =>
  store.send({ method: 'PUT', path, headers: { 'x-amz-copy-source': source, ...headers } });
const head = async (path: string, headers: Record<string, string> = {}) =>
  (await store.send({ method: 'HEAD', path, headers })).headers;

describe('a copy', () => {
  it.each(['bucket/source', '/bucket/source', 'bucket/source?versionId=null', 'bucket%2Fsource'])(
    'is made from %s, with all that the source has',
    async (source) => {
      const answer = await copy('/other/copy', source);
      expect(answer.status).toBe(200);
      expect(answer.text).toMatch(/<CopyObjectResult.*<LastModified>.*<ETag>&quot;\w{32}&quot;<\/ETag>/);
      expect((await store.send({ path: '/other/copy' })).text).toBe('bytes');
      expect(await head('/other/copy')).toMatchObject({
        'content-type': 'text/plain',
        'cache-control': 'no-store',
        'x-amz-meta-colour': 'blue',
      });
    },
  );

  it('has its own metadata with the directive REPLACE, and only then', async () => {
    const own = { 'x-amz-meta-shape': 'round', 'content-type': 'text/html' };
    await copy('/other/copied', 'bucket/source', own);
    expect(await head('/other/copied')).toMatchObject({
      'content-type': 'text/plain',
      'x-amz-meta-colour': 'blue',
    });
    await copy('/other/replaced', 'bucket/source', { ...own, 'x-amz-metadata-directive': 'REPLACE' });
    const replaced = await head('/other/replaced');
    expect(replaced).toMatchObject({ 'content-type': 'text/html', 'x-amz-meta-shape': 'round' });
    expect(replaced).not.toHaveProperty('x-amz-meta-colour');
    expect(replaced).not.toHaveProperty('cache-control');
  });

  it('of nothing is nothing', async () => {
    expect((await copy('/other/empty', 'bucket/empty')).status).toBe(200);
    expect(await head('/other/empty')).toMatchObject({ 'content-length': '0' });
  });

  it('onto itself has to change something', async () => {
    expect(await copy('/bucket/source', 'bucket/source')).toMatchObject({
      status: 400,
      code: 'InvalidRequest',
    });
    const tagging = { 'x-amz-tagging-directive': 'REPLACE', 'x-amz-tagging': 'a=b' };
    expect((await copy('/bucket/source', 'bucket/source', tagging)).code).toBe('InvalidRequest');
    const replace = {
      'x-amz-metadata-directive': 'REPLACE',
      'x-amz-meta-colour': 'blue',
      'content-type': 'text/plain',
    };
    expect((await copy('/bucket/source', 'bucket/source', replace)).status).toBe(200);
    expect(
      (await copy('/bucket/source', 'bucket/source', { 'x-amz-storage-class': 'STANDARD_IA' })).status,
    ).toBe(200);
    expect((await store.send({ path: '/bucket/source' })).text).toBe('bytes');
  });

  it('redirects browsers to its own location, not to that of its source', async () => {
    const location = 'x-amz-website-redirect-location';
    await store.send({
      method: 'PUT',
      path: '/bucket/moved',
      headers: { [location]: '/a', 'cache-control': 'no-store' },
    });
    expect(await head('/bucket/moved')).toMatchObject({ [location]: '/a' });
    await copy('/other/moved', 'bucket/moved');
    expect(await head('/other/moved')).not.toHaveProperty(location);
    expect(await head('/other/moved')).toMatchObject({ 'cache-control': 'no-store' });
    await copy('/other/moved', 'bucket/moved', { [location]: '/b' });
    expect(await head('/other/moved')).toMatchObject({ [location]: '/b', 'cache-control': 'no-store' });
    expect((await copy('/bucket/moved', 'bucket/moved', { [location]: '/c' })).status).toBe(200);
    expect(await head('/bucket/moved')).toMatchObject({ [location]: '/c' });
  });

  it('may get a checksum on the way, or keeps that of its source', async () => {
    const sum = createHash('sha256').update('bytes').digest('base64');
    const asked = await copy('/other/summed', 'bucket/source', { 'x-amz-checksum-algorithm': 'SHA256' });
    expect(asked.text).toContain(`<ChecksumSHA256>${sum}</ChecksumSHA256>`);
    expect((await copy('/other/summed-too', 'other/summed')).text).toContain(sum);
    const mode = { 'x-amz-checksum-mode': 'ENABLED' };
    expect(await head('/other/summed-too', mode)).toMatchObject({ 'x-amz-checksum-sha256': sum });
    expect((await copy('/other/c', 'bucket/source', { 'x-amz-checksum-algorithm': 'CRC16' })).code).toBe(
      'InvalidRequest',
    );
  });

  it('happens only under the conditions on what it replaces', async () => {
    await copy('/other/there', 'bucket/source');
    const conditional = async (headers: Record<string, string>) =>
      (await copy('/other/there', 'bucket/source', headers)).code;
    expect(await conditional({ 'if-none-match': '*' })).toBe('PreconditionFailed');
    expect(await conditional({ 'if-match': '"other"' })).toBe('PreconditionFailed');
    expect(await conditional({ 'if-match': (await head('/other/there')).etag ?? '' })).toBeUndefined();
    expect((await copy('/other/not-there', 'bucket/source', { 'if-match': '*' })).code).toBe('NoSuchKey');
    expect((await copy('/other/not-there', 'bucket/source', { 'if-none-match': '*' })).status).toBe(200);
  });

  it.each<[string, string, Record<string, string>, number, string]>([
    ['/other/c', 'bucket/absent', {}, 404, 'NoSuchKey'],
    ['/other/c', 'nowhere/source', {}, 404, 'NoSuchBucket'],
    ['/nowhere/c', 'bucket/source', {}, 404, 'NoSuchBucket'],
    ['/other/c', 'bucket', {}, 400, 'InvalidArgument'],
    ['/other/c', 'bucket/', {}, 400, 'InvalidArgument'],
    ['/other/c', '', {}, 400, 'InvalidArgument'],
    ['/other/c', 'bucket/%source', {}, 400, 'InvalidArgument'],
    ['/other/c', 'bucket/source%', {}, 400, 'InvalidArgument'],
    ['/other/c', 'bucket/source%2', {}, 400, 'InvalidArgument'],
    ['/other/c', 'bucket/%C3', {}, 400, 'InvalidArgument'],
    ['/other/c', 'bucket/%C0%AF', {}, 400, 'InvalidArgument'],
    ['/other/c', 'bucket/source?versionId=other', {}, 404, 'NoSuchVersion'],
    ['/other/c', 'bucket/source', { 'x-amz-metadata-directive': 'MERGE' }, 400, 'InvalidArgument'],
  ])('to %s from %j with %o is refused', async (path, source, headers, status, code) => {
    expect(await copy(path, source, headers)).toMatchObject({ status, code });
    expect((await store.send({ path })).status).toBe(404);
  });

  it('may be signed into a URL', async () => {
    const headers = { 'x-amz-copy-source': 'bucket/source' };
    const url = store.presign({ method: 'PUT', path: '/other/by-url', headers });
    const target = url.slice(store.endpoint.length);
    const sent = { ...headers, 'content-length': '0' };
    expect((await sendRaw(store.endpoint, { method: 'PUT', target, headers: sent })).status).toBe(200);
    expect((await store.send({ path: '/other/by-url' })).text).toBe('bytes');
    const another = { ...sent, 'x-amz-copy-source': 'bucket/empty' };
    expect((await sendRaw(store.endpoint, { method: 'PUT', target, headers: another })).status).toBe(403);
  });
});
