import { createHash, createSecretKey } from 'node:crypto';
import { type ChunkSigning, chunkSignature, trailerSignature } from '@bkend/sigv4';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAwsChunked } from './aws-chunked.ts';

const chunkSigning: ChunkSigning = {
  signingKey: createSecretKey(Buffer.alloc(32, 1)),
  timestamp: '20130524T000000Z',
  scope: '20130524/us-east-1/s3/aws4_request',
  seedSignature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
};

interface Form {
  readonly isSigned: boolean;
  readonly trailers: readonly (readonly [string, string])[];
}

/** The other direction, as a client has it. */
function encode(chunks: readonly Uint8Array[], { isSigned, trailers }: Form): Buffer {
  const out: Buffer[] = [];
  let previous = chunkSigning.seedSignature;
  for (const chunk of [...chunks.filter(({ length }) => length > 0), Buffer.alloc(0)]) {
    const sha256 = createHash('sha256').update(chunk).digest('hex');
    if (isSigned) previous = chunkSignature(chunkSigning, previous, sha256);
    out.push(
      Buffer.from(`${chunk.length.toString(16)}${isSigned ? `;chunk-signature=${previous}` : ''}\r\n`),
    );
    if (chunk.length > 0) out.push(Buffer.from(chunk), Buffer.from('\r\n'));
  }
  for (const [name, value] of trailers) out.push(Buffer.from(`${name}:${value}\r\n`));
  if (isSigned && trailers.length > 0) {
    const canonical = trailers.map(([name, value]) => `${name}:${value}\n`).join('');
    const sha256 = createHash('sha256').update(canonical).digest('hex');
    out.push(Buffer.from(`x-amz-trailer-signature:${trailerSignature(chunkSigning, previous, sha256)}\r\n`));
  }
  out.push(Buffer.from('\r\n'));
  return Buffer.concat(out);
}

async function decode(pieces: readonly Buffer[], form: Form) {
  const trailers = new Map<string, string>();
  async function* source() {
    yield* pieces;
  }
  const decoded: Buffer[] = [];
  const options = {
    chunkSigning: form.isSigned ? chunkSigning : undefined,
    isTrailerSigned: form.trailers.length > 0,
    trailers,
  };
  for await (const chunk of decodeAwsChunked(source(), options)) decoded.push(Buffer.from(chunk));
  return { bytes: Buffer.concat(decoded), trailers };
}

function split(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...pieces, bytes.subarray(at)].filter(({ length }) => length > 0);
}

const chunks = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 6 });
const form: fc.Arbitrary<Form> = fc.record({
  isSigned: fc.boolean(),
  trailers: fc.constantFrom([], [['x-amz-checksum-crc32', 'AAAAAA==']] as const),
});
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 });

describe('decodeAwsChunked', () => {
  it('gives back the bytes in all four forms, however they arrive', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, form, sizes, async (given, how, pieceSizes) => {
        const { bytes, trailers } = await decode(split(encode(given, how), pieceSizes), how);
        expect(bytes.equals(Buffer.concat(given))).toBe(true);
        expect([...trailers]).toEqual(how.trailers);
      }),
    );
  });

  it('refuses a signed body of which any one byte was changed', async () => {
    const how: Form = { isSigned: true, trailers: [['x-amz-checksum-crc32', 'AAAAAA==']] };
    const body = encode([Buffer.from('hello'), Buffer.from('world')], how);
    for (let at = 0; at < body.length; at++) {
      const changed = Buffer.from(body);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const outcome = await decode([changed], how).then(
        ({ bytes, trailers }) => [bytes.toString(), [...trailers]],
        (error: Error) => error.name,
      );
      // Line ends may be written in more than one way; nothing else may differ.
      if (Array.isArray(outcome)) expect(outcome).toEqual(['helloworld', how.trailers]);
    }
  });

  it('refuses a body that stops early', async () => {
    const how: Form = { isSigned: true, trailers: [['x-amz-checksum-crc32', 'AAAAAA==']] };
    const body = encode([Buffer.from('hello')], how);
    for (let length = 0; length < body.length - 2; length++) {
      await expect(decode([body.subarray(0, length)], how)).rejects.toThrow();
    }
  });

  it('refuses unsigned chunks where signed ones were announced', async () => {
    const body = encode([Buffer.from('hello')], { isSigned: false, trailers: [] });
    await expect(decode([body], { isSigned: true, trailers: [] })).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    });
  });

  it('refuses trailers without a signature where a signed one was announced', async () => {
    const trailers = [['x-amz-checksum-crc32', 'AAAAAA==']] as const;
    const body = encode([Buffer.from('hello')], { isSigned: true, trailers: [] });
    const unsigned = Buffer.concat([
      body.subarray(0, -2),
      Buffer.from('x-amz-checksum-crc32:AAAAAA==\r\n\r\n'),
    ]);
    await expect(decode([unsigned], { isSigned: true, trailers })).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    });
  });

  it('fails with an error of its own, if at all, for random bytes', async () => {
    const pieces = fc.constantFrom(
      '0',
      '5',
      'ffffffffffff',
      '\r\n',
      '\n',
      ';chunk-signature=',
      'a'.repeat(64),
      ':',
      'hello',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces), form, async (parts, how) => {
        await decode([Buffer.from(parts.join(''))], how).catch((error: Error) => {
          expect(['S3Error', 'SignatureError']).toContain(error.name);
        });
      }),
      { numRuns: 500 },
    );
  });
});
