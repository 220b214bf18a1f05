import { MultiDigest } from '../disk/digests.ts';
import type { ChecksumRecord } from '../index/records.ts';
import type { StoreDeps } from '../objects/deps.ts';
import { S3Error } from '../objects/s3-error.ts';
import {
  discardContent,
  inlineLimitBytes,
  type StagedContent,
  stageContent,
} from '../objects/staged-content.ts';
import { digestNameOf } from './checksums.ts';
import { type ExpectedDigests, readExpectedDigests, verifyDigests } from './expected-digests.ts';
import type { S3Request } from './s3-request.ts';

export interface ReceivedBody {
  readonly staged: StagedContent;
  readonly checksum: Omit<ChecksumRecord, 'type'> | undefined;
}

/** Of one PUT, be it an object or a part. */
const maxBodyBytes = 5 * 1024 ** 3;

/**
 * Takes in the body of a PUT and checks it against everything the client said of it.
 *
 * @throws S3Error `EntityTooLarge`, `IncompleteBody`, `InvalidDigest`, `BadDigest`, `InvalidRequest`,
 *   `XAmzContentSHA256Mismatch`, `InsufficientStorage`, `ServiceUnavailable`; SignatureError for a badly signed chunk
 */
export async function receiveBody(
  deps: StoreDeps,
  request: S3Request,
  expected: ExpectedDigests = readExpectedDigests(request),
): Promise<ReceivedBody> {
  deps.health.assertWritable();
  const { body } = request;
  const announcedBytes = body.sizeBytes ?? 0;
  if (announcedBytes > maxBodyBytes) throw tooLarge(announcedBytes);
  // Small ones go into the index, which does not give space back to the disk but uses it again.
  const isSmall = announcedBytes <= inlineLimitBytes;
  await deps.health.assertRoom(announcedBytes, isSmall ? () => deps.index.freeBytes() : undefined);
  const digestNames = [
    ...body.digestNames,
    ...(expected.checksum === undefined ? [] : [digestNameOf(expected.checksum.algorithm)]),
  ];
  // What has been announced cannot turn out longer.
  const source = body.sizeBytes === undefined ? limit(body.read()) : body.read();
  const staged = await stageContent(deps, source, digestNames);
  try {
    body.verify(staged.digests);
    return { staged, checksum: verifyDigests(expected, staged.digests, body.trailers) };
  } catch (error) {
    await discardContent(staged);
    throw error;
  }
}

/** Reads a small document, with the same checks. @throws S3Error as above, and `MalformedXML` for a longer one */
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

/** Likewise, where there is nothing to do without one. @throws S3Error as above, and `MissingRequestBodyError` */
export async function receiveRequiredDocument(request: S3Request, maxBytes: number): Promise<Buffer> {
  const document = await receiveDocument(request, maxBytes);
  if (document.length === 0) throw new S3Error('MissingRequestBodyError');
  return document;
}

async function* limit(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let received = 0;
  for await (const chunk of source) {
    received += chunk.length;
    if (received > maxBodyBytes) throw tooLarge(received);
    yield chunk;
  }
}

function tooLarge(sizeBytes: number): S3Error {
  return new S3Error('EntityTooLarge', undefined, {
    ProposedSize: String(sizeBytes),
    MaxSizeAllowed: String(maxBodyBytes),
  });
}
