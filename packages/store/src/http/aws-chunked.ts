import { createHash, timingSafeEqual } from 'node:crypto';
import { type ChunkSigning, chunkSignature, SignatureError, trailerSignature } from '@bkend/sigv4';
import { S3Error } from '../errors/s3-error.ts';
import { ByteQueue } from './byte-queue.ts';

interface AwsChunkedOptions {
  /** Absent: chunks carry no signatures. */
  readonly chunkSigning: ChunkSigning | undefined;
  /** Whether trailers are announced; with `chunkSigning` they must be signed too. */
  readonly isTrailerSigned: boolean;
  /** Where trailers are put; names in lower case. */
  readonly trailers: Map<string, string>;
}

const maxLineBytes = 4096;
const maxTrailers = 16;

/**
 * Takes an `aws-chunked` body apart: `<hex size>[;chunk-signature=<hex>]CRLF<bytes>CRLF`, ending with an empty chunk and
 * trailers. Bytes are passed on before their chunk's signature can be verified; they may not be used unless the
 * generator runs to its end.
 *
 * @throws S3Error `IncompleteBody`, `MalformedTrailerError`, SignatureError `SignatureDoesNotMatch`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  options: AwsChunkedOptions,
): AsyncGenerator<Buffer> {
  const queue = new ByteQueue(source);
  let previousSignature = options.chunkSigning?.seedSignature ?? '';
  for (;;) {
    const { sizeBytes, signature } = parseChunkHeader(await readLine(queue));
    const hash = createHash('sha256');
    for (let missing = sizeBytes; missing > 0; ) {
      const bytes = await queue.take(missing);
      if (bytes === undefined) throw new S3Error('IncompleteBody');
      missing -= bytes.length;
      if (options.chunkSigning !== undefined) hash.update(bytes);
      yield bytes;
    }
    if (options.chunkSigning !== undefined) {
      const expected = chunkSignature(options.chunkSigning, previousSignature, hash.digest('hex'));
      assertSignature(signature, expected);
      previousSignature = expected;
    }
    if (sizeBytes === 0) break;
    if ((await readLine(queue)) !== '') throw malformed();
  }
  await readTrailers(queue, options, previousSignature);
}

function parseChunkHeader(line: string): { sizeBytes: number; signature: string | undefined } {
  const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
  if (match === null) throw malformed();
  return { sizeBytes: Number.parseInt(match[1] ?? '', 16), signature: match[2] };
}

const trailerSignatureName = 'x-amz-trailer-signature';

/**
 * Up to the end of the body. By S3's documentation every trailer ends with CRLF, and an empty line ends them all, which not
 * every client sends. minio-go writes `name:value LF`, then an empty line, then the signature if there is one.
 */
async function readTrailers(
  queue: ByteQueue,
  options: AwsChunkedOptions,
  previousSignature: string,
): Promise<void> {
  const { chunkSigning, trailers } = options;
  let signature: string | undefined;
  let emptyLines = 0;
  for (;;) {
    const line = await queue.takeLine(maxLineBytes);
    if (line === undefined) break;
    if (line === '') {
      emptyLines++;
      // One of minio-go's, and the last one.
      if (emptyLines > 2) throw malformed();
      continue;
    }
    const colon = line.indexOf(':');
    if (colon < 1 || trailers.size >= maxTrailers) throw new S3Error('MalformedTrailerError');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const isSignature = name === trailerSignatureName;
    // Behind an empty line there is a signature or nothing; and nothing is behind a signature.
    if (signature !== undefined || (emptyLines > 0 && !isSignature)) throw malformed();
    if (isSignature) signature = value;
    else trailers.set(name, value);
  }
  if (chunkSigning === undefined || !options.isTrailerSigned) {
    if (trailers.size > 0 && chunkSigning !== undefined) throw new S3Error('MalformedTrailerError');
    return;
  }
  const canonical = [...trailers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`)
    .join('');
  const hash = createHash('sha256').update(canonical, 'latin1').digest('hex');
  assertSignature(signature, trailerSignature(chunkSigning, previousSignature, hash));
}

async function readLine(queue: ByteQueue): Promise<string> {
  const line = await queue.takeLine(maxLineBytes);
  if (line === undefined) throw new S3Error('IncompleteBody');
  return line;
}

function assertSignature(given: string | undefined, expected: string): void {
  if (given !== undefined && isEqualInConstantTime(given, expected)) return;
  throw new SignatureError(
    'SignatureDoesNotMatch',
    'The signature of a chunk does not match the one we calculated.',
  );
}

function isEqualInConstantTime(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1'));
}

function malformed(): S3Error {
  return new S3Error('IncompleteBody', 'The request body is not well-formed aws-chunked content.');
}
