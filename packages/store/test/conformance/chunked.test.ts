import { createHash, createHmac, createSecretKey } from 'node:crypto';
import { chunkSignature, createSigner, type SigningContext, trailerSignature } from '@bkend/sigv4';
import { beforeEach, describe, expect, it } from 'vitest';
import { MultiDigest } from '../../src/checksums/digests.ts';
import { credentials, type RawResponse, region, sendRaw } from '../running-store.ts';
import { useStore } from '../use-store.ts';

const store = await useStore();
beforeEach(async () => {
  await store.send({ method: 'DELETE', path });
});

const path = '/bucket/chunked';
const bytes = Buffer.from('hello, chunks');
const sum = (() => {
  const digest = new MultiDigest(['crc32']);
  digest.update(bytes);
  return digest.digest().get('crc32')?.toString('base64') ?? '';
})();

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

function signingContext(at: Date): SigningContext {
  const timestamp = at.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = [timestamp.slice(0, 8), region, 's3', 'aws4_request'];
  const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const key = scope.reduce<string | Buffer>(mac, `AWS4${credentials.secretAccessKey}`);
  return { signingKey: createSecretKey(Buffer.from(key)), timestamp, scope: scope.join('/') };
}

interface Upload {
  readonly isSigned: boolean;
  /** Behind the last chunk. */
  readonly trailers?: Readonly<Record<string, string>>;
  /** Names in `x-amz-trailer`; by default those of `trailers`. */
  readonly announced?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Changes the body that is sent. */
  readonly change?: (body: string) => string;
}

/** Sends the bytes in two chunks, as an SDK does. */
async function upload({
  isSigned,
  trailers,
  announced,
  headers = {},
  change = (body) => body,
}: Upload): Promise<RawResponse> {
  const at = new Date();
  const names = announced ?? Object.keys(trailers ?? {}).join(',');
  const kind = isSigned ? 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' : 'STREAMING-UNSIGNED-PAYLOAD';
  const payloadHash = trailers === undefined ? kind : `${kind}-TRAILER`;
  const signed = createSigner({ credentials, region }).sign({
    method: 'PUT',
    endpoint: store.endpoint,
    path,
    headers: {
      'x-amz-decoded-content-length': String(bytes.length),
      'content-encoding': 'gzip,aws-chunked',
      ...(names !== '' && { 'x-amz-trailer': names }),
      ...headers,
    },
    payloadHash,
    at,
  });
  const context = signingContext(at);
  let previous = /Signature=(\w+)/.exec(signed.authorization ?? '')?.[1] ?? '';
  let body = '';
  for (const chunk of [bytes.subarray(0, 5), bytes.subarray(5), Buffer.alloc(0)]) {
    if (isSigned) previous = chunkSignature(context, previous, sha256(chunk));
    body += `${chunk.length.toString(16)}${isSigned ? `;chunk-signature=${previous}` : ''}\r\n`;
    if (chunk.length > 0) body += `${chunk}\r\n`;
  }
  for (const [name, value] of Object.entries(trailers ?? {})) body += `${name}:${value}\r\n`;
  if (isSigned && trailers !== undefined) {
    const canonical = Object.entries(trailers).map(([name, value]) => `${name}:${value}\n`);
    body += `x-amz-trailer-signature:${trailerSignature(context, previous, sha256(canonical.join('')))}\r\n`;
  }
  const sent = Buffer.from(change(`${body}\r\n`));
  return await sendRaw(store.endpoint, { method: 'PUT', target: path, headers: signed, body: sent });
}

const stored = async () => await store.send({ path, headers: { 'x-amz-checksum-mode': 'ENABLED' } });
const trailer = { 'x-amz-checksum-crc32': sum };

describe.each([
  ['signed', true],
  ['unsigned', false],
])('a body in %s chunks', (_, isSigned) => {
  it('is stored without its framing', async () => {
    const answer = isSigned ? await upload({ isSigned }) : await upload({ isSigned, trailers: {} });
    expect(answer.status, answer.text).toBe(200);
    const { body, headers } = await stored();
    expect(body.equals(bytes)).toBe(true);
    expect(headers['content-encoding']).toBe('gzip');
  });

  it('may have its checksum behind it', async () => {
    const answer = await upload({ isSigned, trailers: trailer });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers['x-amz-checksum-crc32']).toBe(sum);
    expect((await stored()).headers['x-amz-checksum-crc32']).toBe(sum);
  });

  it.each<[string, Omit<Upload, 'isSigned'>, string]>([
    ['with another checksum behind it', { trailers: { 'x-amz-checksum-crc32': 'AAAAAA==' } }, 'BadDigest'],
    [
      'with no checksum of that kind behind it',
      { trailers: { 'x-amz-checksum-crc32': 'AAAA' } },
      'InvalidRequest',
    ],
    [
      'without the checksum it announced',
      { trailers: {}, announced: 'x-amz-checksum-crc32' },
      'MalformedTrailerError',
    ],
    [
      'with a checksum behind it that it did not announce',
      { trailers: trailer, announced: '' },
      'MalformedTrailerError',
    ],
    [
      'with more behind it than it announced',
      { trailers: { ...trailer, 'x-amz-checksum-sha1': 'x' }, announced: 'x-amz-checksum-crc32' },
      'MalformedTrailerError',
    ],
    ['that announces what is no checksum', { trailers: { 'x-amz-meta-a': 'b' } }, 'InvalidRequest'],
    [
      'of another algorithm than it says',
      { trailers: trailer, headers: { 'x-amz-sdk-checksum-algorithm': 'SHA1' } },
      'InvalidRequest',
    ],
    [
      'that is cut short',
      { trailers: trailer, change: (body) => body.slice(0, body.lastIndexOf('\r\n0')) },
      'IncompleteBody',
    ],
    [
      'with a malformed trailer',
      { trailers: trailer, change: (body) => body.replace('x-amz-checksum-crc32:', '') },
      'MalformedTrailerError',
    ],
    [
      'in chunks of no size',
      { trailers: trailer, change: (body) => body.replace(/^5/, 'x') },
      'IncompleteBody',
    ],
    ['with something behind it', { trailers: trailer, change: (body) => `${body}more` }, 'IncompleteBody'],
  ])('%s is refused, and nothing is stored', async (_, change, code) => {
    expect(await upload({ isSigned, ...change })).toMatchObject({ status: 400, code });
    expect((await stored()).code).toBe('NoSuchKey');
  });
});

describe('a body in signed chunks', () => {
  it.each<[string, (body: string) => string]>([
    ['another byte', (body) => body.replace('hello', 'jello')],
    ['another trailer', (body) => body.replace(sum, 'AAAAAA==')],
    ['a chunk less', (body) => body.replace(/^5;.*?hello\r\n/s, '')],
    ['no signatures', (body) => body.replaceAll(/;chunk-signature=\w+/g, '')],
    ['no signature of its trailers', (body) => body.replace(/x-amz-trailer-signature.*\r\n/, '')],
  ])('with %s is not what was signed', async (_, change) => {
    const answer = await upload({ isSigned: true, trailers: trailer, change });
    expect(answer).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    expect((await stored()).code).toBe('NoSuchKey');
  });
});
