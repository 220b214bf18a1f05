import { MultiDigest } from '../checksums/digests.ts';
import {
  digestNameOf,
  type ExpectedDigests,
  readExpectedDigests,
  verifyDigests,
} from '../checksums/expected-digests.ts';
import { S3Error } from '../errors/s3-error.ts';
import type { ChecksumRecord } from '../index/records.ts';
import {
  discardContent,
  inlineLimitBytes,
  type StagedContent,
  stageContent,
} from '../objects/staged-content.ts';
import type { StoreDeps } from '../objects/store-deps.ts';
import type { S3Request } from './operation.ts';

interface ReceivedBody {
  readonly staged: StagedContent;
  readonly checksum: Omit<ChecksumRecord, 'type'> | undefined;
}

/** Size of one PUT, of an object or a part. */
const maxBodyBytes = 5 * 1024 ** 3;

interface Expected {
  readonly digests?: ExpectedDigests;
  /** The most bytes that are received; at most, and by default, those of one PUT. */
  readonly maxBytes?: number;
}

/**
 * Receives the body of a PUT and verifies all that the client announced about it. A body of a declared length that is too large
 * is refused before it is read.
 *
 * @throws S3Error `EntityTooLarge`, `IncompleteBody`, `InvalidDigest`, `BadDigest`, `InvalidRequest`,
 *   `XAmzContentSHA256Mismatch`, `InsufficientStorage`, `ServiceUnavailable`; SignatureError for a badly signed chunk
 */
export async function receiveBody(
  deps: StoreDeps,
  request: S3Request,
  { digests: expected = readExpectedDigests(request), maxBytes = maxBodyBytes }: Expected = {},
): Promise<ReceivedBody> {
  deps.health.assertWritable();
  const { body } = request;
  const announcedBytes = body.sizeBytes ?? 0;
  const maxSize = Math.min(maxBytes, maxBodyBytes);
  if (announcedBytes > maxSize) throw tooLarge(announcedBytes, maxSize);
  // Content of at most 64 KiB goes into the index, which reuses freed space but does not return it to the disk.
  const isSmall = announcedBytes <= inlineLimitBytes;
  await deps.health.assertRoom(announcedBytes, isSmall ? () => deps.index.freeBytes() : undefined);
  const digestNames = [
    ...body.digestNames,
    ...(expected.checksum === undefined ? [] : [digestNameOf(expected.checksum.algorithm)]),
  ];
  // A body of announced size cannot turn out longer.
  const source = body.sizeBytes === undefined ? limit(body.read(), maxSize) : body.read();
  const staged = await stageContent(deps, source, digestNames);
  try {
    body.verify(staged.digests);
    return { staged, checksum: verifyDigests(expected, staged.digests, body.trailers) };
  } catch (error) {
    await discardContent(staged);
    throw error;
  }
}

/** Receives a small document with the same checks. @throws S3Error as above, and `MalformedXML` above `maxBytes` */
export async function receiveDocument(
  request: S3Request,
  maxBytes: number,
  expected: ExpectedDigests = readExpectedDigests(request),
): Promise<Buffer> {
  const { body } = request;
  const chunks: Buffer[] = [];
  let received = 0;
  for await (const chunk of body.read()) {
    received += chunk.length;
    if (received > maxBytes) throw new S3Error('MalformedXML');
    chunks.push(chunk);
  }
  const document = Buffer.concat(chunks);
  const digest = new MultiDigest([
    'md5',
    ...body.digestNames,
    ...(expected.checksum === undefined ? [] : [digestNameOf(expected.checksum.algorithm)]),
  ]);
  digest.update(document);
  const digests = digest.digest();
  body.verify(digests);
  verifyDigests(expected, digests, body.trailers);
  return document;
}

/** As `receiveDocument`, for a required body. @throws S3Error as above, and `MissingRequestBodyError` */
export async function receiveRequiredDocument(request: S3Request, maxBytes: number): Promise<Buffer> {
  const document = await receiveDocument(request, maxBytes);
  if (document.length === 0) throw new S3Error('MissingRequestBodyError');
  return document;
}

async function* limit(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let received = 0;
  for await (const chunk of source) {
    received += chunk.length;
    if (received > maxBytes) throw tooLarge(received, maxBytes);
    yield chunk;
  }
}

function tooLarge(sizeBytes: number, maxBytes: number): S3Error {
  return new S3Error('EntityTooLarge', undefined, {
    ProposedSize: String(sizeBytes),
    MaxSizeAllowed: String(maxBytes),
  });
}

/**
 * Refuses a body without an end: it needs a length, or HTTP chunks. Without either, an empty object would be stored
 * by mistake. `aws-chunked` bodies always come with the length of their content.
 *
 * @throws S3Error `MissingContentLength`
 */
export function assertLength(request: S3Request): void {
  if (request.body.sizeBytes !== undefined) return;
  const isAwsChunked = request.header('x-amz-content-sha256')?.startsWith('STREAMING-') === true;
  if (isAwsChunked || request.header('transfer-encoding') === undefined) {
    throw new S3Error('MissingContentLength');
  }
}
