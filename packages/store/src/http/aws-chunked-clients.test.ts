import { createHash, createSecretKey } from 'node:crypto';
import { type ChunkSigning, chunkSignature, trailerSignature } from '@bkend/sigv4';
import { describe, expect, it } from 'vitest';
import { decodeAwsChunked } from './aws-chunked.ts';

const chunkSigning: ChunkSigning = {
  signingKey: createSecretKey(Buffer.alloc(32, 1)),
  timestamp: '20130524T000000Z',
  scope: '20130524/us-east-1/s3/aws4_request',
  seedSignature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
};
const sha256 = (data: string) => createHash('sha256').update(data).digest('hex');

const first = chunkSignature(chunkSigning, chunkSigning.seedSignature, sha256('hello'));
const last = chunkSignature(chunkSigning, first, sha256(''));
const ofTrailer = trailerSignature(chunkSigning, last, sha256('x-amz-checksum-crc32:NhCmhg==\n'));

const unsigned = '5\r\nhello\r\n0\r\n';
const signed = `5;chunk-signature=${first}\r\nhello\r\n0;chunk-signature=${last}\r\n`;
const trailer = 'x-amz-checksum-crc32:NhCmhg==';
const signature = `x-amz-trailer-signature:${ofTrailer}`;

/** Bodies as clients write them, read from their sources and from the wire. */
const bodies: readonly (readonly [client: string, body: string])[] = [
  ['botocore and the aws CLI, unsigned trailer', `${unsigned}${trailer}\r\n\r\n`],
  ['the AWS SDK for JavaScript, unsigned trailer', `${unsigned}${trailer}\r\n\r\n`],
  ['the AWS SDK for Java, without a last CRLF', `${unsigned}${trailer}\r\n`],
  ['a client with a blank behind the colon', `${unsigned}x-amz-checksum-crc32: NhCmhg==\r\n\r\n`],
  ['minio-go, unsigned trailer', `${unsigned}${trailer}\n\r\n\r\n`],
  ['minio-go, signed trailer', `${signed}${trailer}\n\r\n${signature}\r\n\r\n`],
  ['the AWS SDK for Java, signed trailer', `${signed}${trailer}\r\n${signature}\r\n\r\n`],
  ['the AWS documentation, LF behind trailers', `${signed}${trailer}\n${signature}\r\n\r\n`],
  ['s3cmd and the AWS SDKs of before, signed chunks', `${signed}\r\n`],
];

async function decode(pieces: readonly string[]) {
  const trailers = new Map<string, string>();
  const isSigned = pieces.join('').includes('chunk-signature');
  const isTrailed = pieces.join('').includes('checksum');
  async function* source() {
    for (const piece of pieces) if (piece !== '') yield Buffer.from(piece);
  }
  let bytes = '';
  const options = {
    chunkSigning: isSigned ? chunkSigning : undefined,
    isTrailerSigned: isTrailed,
    trailers,
  };
  for await (const chunk of decodeAwsChunked(source(), options)) bytes += chunk.toString();
  return { bytes, crc32: trailers.get('x-amz-checksum-crc32') };
}

describe.each(bodies)('the body of %s', (_, body) => {
  const expected = { bytes: 'hello', crc32: body.includes('checksum') ? 'NhCmhg==' : undefined };

  it('is read, wherever it is split', async () => {
    for (let at = 0; at <= body.length; at++) {
      expect(await decode([body.slice(0, at), body.slice(at)]), `split at ${at}`).toEqual(expected);
    }
    expect(await decode([...body])).toEqual(expected);
  });

  it('is refused with anything behind it', async () => {
    for (const more of [
      'x',
      '\r\nx:y\r\n',
      '\r\nx-amz-checksum-crc32:AAAAAA==\r\n',
      '\r\n\r\n\r\n',
      '0\r\n\r\n',
    ]) {
      await expect(decode([body + more]), JSON.stringify(more)).rejects.toThrow();
    }
  });
});

it('a trailer behind the empty line that ends the trailers is refused, signed or not', async () => {
  await expect(decode([`${unsigned}\r\n${trailer}\r\n\r\n`])).rejects.toThrow();
  await expect(decode([`${signed}\r\n${trailer}\r\n${signature}\r\n\r\n`])).rejects.toThrow();
  await expect(decode([`${signed}${signature}\r\n${trailer}\r\n\r\n`])).rejects.toThrow();
});
