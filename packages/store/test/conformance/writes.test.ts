import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { createSigner } from '@bkend/sigv4';
import { beforeAll, describe, expect, it } from 'vitest';
import { ownerId } from '../../src/operations/acl.ts';
import { credentials, region } from '../running-store.ts';
import { useStore } from '../use-store.ts';

const store = await useStore();
beforeAll(async () => {
  await store.send({ method: 'PUT', path: '/bucket/there', body: 'there' });
});

const put = (key: string, headers: Record<string, string>, body = 'x') =>
  store.send({ method: 'PUT', path: `/bucket/${key}`, headers, body });

/** Sends a PUT with exactly these headers beside those of the signature, and no body; gives the answer's text. */
async function putWithHeadersOnly(
  path: string,
  headers: Record<string, string>,
  payloadHash = 'UNSIGNED-PAYLOAD',
): Promise<string> {
  const { endpoint } = store;
  const signer = createSigner({ credentials, region });
  const signed = signer.sign({ method: 'PUT', endpoint, path, payloadHash, at: new Date() });
  const { host, port } = new URL(store.endpoint);
  const socket = connect(Number(port), '127.0.0.1');
  const answer = new Promise<string>((resolve) => {
    let received = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      received += text;
    });
    socket.on('close', () => resolve(received));
  });
  const lines = Object.entries({ host, connection: 'close', ...headers, ...signed });
  socket.write(`PUT ${path} HTTP/1.1\r\n${lines.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`);
  return await answer;
}

describe('a write that asks for what the store does not do', () => {
  it.each([
    ['encryption', { 'x-amz-server-side-encryption': 'AES256' }],
    ['encryption with a key of its own', { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }],
    ['a lock', { 'x-amz-object-lock-mode': 'GOVERNANCE' }],
    ['a legal hold', { 'x-amz-object-lock-legal-hold': 'ON' }],
  ])('is refused: %s', async (_, headers) => {
    expect(await put('promise', headers)).toMatchObject({ status: 501, code: 'NotImplemented' });
    const created = await store.send({
      method: 'POST',
      path: '/bucket/promise',
      query: { uploads: '' },
      headers,
    });
    expect(created.code).toBe('NotImplemented');
    expect((await store.send({ path: '/bucket/promise' })).code).toBe('NoSuchKey');
  });

  it('is taken when it asks for nothing in particular', async () => {
    const nothing = {
      'x-amz-object-lock-legal-hold': 'OFF',
      'x-amz-acl': 'private',
      'x-amz-storage-class': 'STANDARD',
    };
    expect((await put('nothing', nothing)).status).toBe(200);
    const bucket = {
      method: 'PUT',
      path: '/unlocked',
      headers: { 'x-amz-bucket-object-lock-enabled': 'false' },
    };
    expect((await store.send(bucket)).status).toBe(200);
  });

  it('names an ACL or a storage class that S3 has', async () => {
    expect(await put('acl', { 'x-amz-acl': 'public-ready' })).toMatchObject({
      status: 400,
      code: 'InvalidArgument',
    });
    expect((await put('acl', { 'x-amz-acl': 'public-read' })).status).toBe(200);
    expect(await put('class', { 'x-amz-storage-class': 'GOLD' })).toMatchObject({
      status: 400,
      code: 'InvalidStorageClass',
    });
  });
});

describe('a change of an ACL', () => {
  const putAcl = (path: string, acl: string) =>
    store.send({ method: 'PUT', path, query: { acl: '' }, headers: { 'x-amz-acl': acl } });

  it('to what it is anyway is accepted, of buckets and objects that are there', async () => {
    expect((await putAcl('/bucket', 'private')).status).toBe(200);
    expect((await putAcl('/bucket/there', 'private')).status).toBe(200);
    expect((await putAcl('/bucket/there', 'bucket-owner-full-control')).status).toBe(200);
    expect((await putAcl('/bucket/absent', 'private')).code).toBe('NoSuchKey');
    expect((await putAcl('/nowhere', 'private')).code).toBe('NoSuchBucket');
  });

  it('may be the document that was read, with nothing else granted', async () => {
    for (const path of ['/bucket', '/bucket/there']) {
      const { text } = await store.send({ path, query: { acl: '' } });
      const putDocument = (body: string) => store.send({ method: 'PUT', path, query: { acl: '' }, body });
      expect((await putDocument(text)).status).toBe(200);
      for (const changed of [
        text.replace('FULL_CONTROL', 'READ'),
        text.replace(/(<Grantee.*<ID>)\w+/, '$1someone'),
        text.replace(/<Grant>.*<\/Grant>/, ''),
        text.replace(/(<Grant>.*<\/Grant>)/, '$1<Grant><Grantee><URI>all</URI></Grantee></Grant>'),
      ]) {
        expect(await putDocument(changed)).toMatchObject({ status: 501, code: 'NotImplemented' });
      }
      expect((await putDocument('<AccessControlPolicy/>')).code).toBe('MalformedXML');
      expect(await putDocument('')).toMatchObject({ status: 400, code: 'MissingSecurityHeader' });
    }
  });

  it('to anything else is refused', async () => {
    expect((await putAcl('/bucket', 'public-read')).code).toBe('NotImplemented');
    const grant = { 'x-amz-acl': 'private', 'x-amz-grant-read': 'id=someone' };
    const granted = await store.send({ method: 'PUT', path: '/bucket', query: { acl: '' }, headers: grant });
    expect(granted.code).toBe('NotImplemented');
    expect((await putAcl('/bucket/there', 'public-read')).code).toBe('NotImplemented');
    expect((await putAcl('/bucket', 'public-ready')).code).toBe('InvalidArgument');
  });
});

describe('a request for the bucket of one owner', () => {
  it('gets no other', async () => {
    const expecting = (owner: string) => ({ 'x-amz-expected-bucket-owner': owner });
    for (const [method, path] of [
      ['GET', '/bucket'],
      ['GET', '/bucket/there'],
      ['PUT', '/bucket/there'],
      ['DELETE', '/bucket/there'],
    ] as const) {
      const answer = await store.send({ method, path, headers: expecting('123456789012') });
      expect(answer, `${method} ${path}`).toMatchObject({ status: 403, code: 'AccessDenied' });
    }
    expect((await store.send({ path: '/bucket/there', headers: expecting(ownerId) })).text).toBe('there');
    const copied = await put('copied', {
      'x-amz-copy-source': 'bucket/there',
      'x-amz-expected-bucket-owner': ownerId,
      'x-amz-source-expected-bucket-owner': '123456789012',
    });
    expect(copied.code).toBe('AccessDenied');
  });
});

describe('a body', () => {
  it('without a length and without chunks is refused', async () => {
    expect(await putWithHeadersOnly('/bucket/endless', {})).toMatch(/^HTTP\/1.1 411 .*MissingContentLength/s);
    expect(await putWithHeadersOnly('/bucket', {})).toMatch(/^HTTP\/1.1 200 /);
    expect((await store.send({ path: '/bucket/endless' })).code).toBe('NoSuchKey');
  });

  it('without a length may come in chunks of HTTP', async () => {
    const answer = await put('chunks', { 'transfer-encoding': 'chunked' }, 'in chunks');
    expect(answer.status).toBe(200);
    expect((await store.send({ path: '/bucket/chunks' })).text).toBe('in chunks');
  });

  it('in signed chunks comes with the length of what is in them', async () => {
    const streamed = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
    const answer = await putWithHeadersOnly('/bucket/endless', { 'content-length': '0' }, streamed);
    expect(answer).toMatch(/^HTTP\/1.1 411 .*MissingContentLength/s);
  });

  it.each(['200', ''])('is accepted with an unknown expectation: "%s"', async (expectation) => {
    const answer = await putWithHeadersOnly('/bucket/expected', {
      'content-length': '0',
      expect: expectation,
    });
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
  });

  it.each([
    ['', 'InvalidDigest'],
    ['YWJyYWNhZGFicmE=', 'InvalidDigest'],
    ['rL0Y20xC+Fzt72VPzMSk2A==', 'BadDigest'],
  ])('with the Content-MD5 "%s" is refused with %s', async (md5, code) => {
    expect(await put('md5', { 'content-md5': md5 })).toMatchObject({ status: 400, code });
    expect((await put('md5', { 'content-md5': createHash('md5').update('x').digest('base64') })).status).toBe(
      200,
    );
  });
});

describe('a checksum', () => {
  it.each([
    ['x-amz-checksum-crc32', 'nonsense'],
    ['x-amz-checksum-sha256', createHash('sha1').update('x').digest('base64')],
    ['x-amz-checksum-sha512', createHash('sha512').update('x').digest('base64')],
    ['x-amz-checksum-md4', 'nonsense'],
  ])('that cannot be checked is refused, be it right or wrong: %s', async (name, value) => {
    expect(await put('summed', { [name]: value })).toMatchObject({ status: 400, code: 'InvalidRequest' });
    expect((await store.send({ path: '/bucket/summed' })).code).toBe('NoSuchKey');
  });
});

describe('metadata', () => {
  it('may be empty, and may be Latin-1', async () => {
    const headers = { 'x-amz-meta-empty': '', 'x-amz-meta-word': 'Bl\u00fcte' };
    expect((await put('metadata', headers)).status).toBe(200);
    const answer = await store.send({ path: '/bucket/metadata' });
    expect(answer.headers).toMatchObject({ 'x-amz-meta-empty': '', 'x-amz-meta-word': 'Bl\u00fcte' });
    await put('metadata', {});
    expect((await store.send({ path: '/bucket/metadata' })).headers).not.toHaveProperty('x-amz-meta-word');
  });

  it.each([
    ['deflate, gzip', 'deflate, gzip'],
    ['gzip,aws-chunked', 'gzip'],
    ['AWS-Chunked, deflate , gzip', 'deflate, gzip'],
    ['aws-chunked, aws-chunked', undefined],
  ])('keeps the coding %j of the content as %j', async (sent, kept) => {
    expect((await put('coding', { 'content-encoding': sent })).status).toBe(200);
    expect((await store.send({ path: '/bucket/coding' })).headers['content-encoding']).toBe(kept);
  });

  it('of more than 2 KiB is refused', async () => {
    const answer = await put('metadata', { 'x-amz-meta-long': 'x'.repeat(2048) });
    expect(answer).toMatchObject({ status: 400, code: 'MetadataTooLarge' });
  });
});

describe('what is said in a document', () => {
  it.each([
    ['PUT', '/bucket', 'tagging'],
    ['PUT', '/bucket', 'cors'],
    ['POST', '/bucket', 'delete'],
    ['PUT', '/bucket/there', 'tagging'],
  ])('must be said: %s %s?%s', async (method, path, name) => {
    const headers = { 'content-md5': createHash('md5').update('').digest('base64') };
    const answer = await store.send({ method, path, query: { [name]: '' }, headers });
    expect(answer).toMatchObject({ status: 400, code: 'MissingRequestBodyError' });
  });
});
