import { quoteEtag } from '@bkend/http';
import { type DigestName, MultiDigest } from '../checksums/digests.ts';
import { checksumNodes, digestNameOf, readAlgorithm } from '../checksums/expected-digests.ts';
import { S3Error } from '../errors/s3-error.ts';
import { assertHeaderText } from '../http/header-text.ts';
import { xmlReply } from '../http/reply.ts';
import type { ChecksumRecord } from '../index/records.ts';
import { requireBucket } from '../objects/bucket.ts';
import { copyObject } from '../objects/copy-object.ts';
import { getUpload, putPart, roomForPart, sharePart } from '../objects/multipart-upload.ts';
import { type ByteSpan, ObjectReader } from '../objects/object-reader.ts';
import { stageContent } from '../objects/staged-content.ts';
import type { StoreDeps } from '../objects/store-deps.ts';
import { type CopySource, getCopySource } from './copy-source.ts';
import { readAttributes, readTags } from './object-attributes.ts';
import type { ObjectRequest, Operation } from './operation.ts';
import { readPartNumber, uploadAddress } from './parameters.ts';
import { readWriteConditions } from './read-conditions.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export const copyObjectOperation: Operation<ObjectRequest> = {
  name: 'CopyObject',
  access: 'write',
  async run({ store }, request) {
    const { target } = request;
    requireBucket(store, target.bucket);
    const source = getCopySource(store, request);
    const attributes = isReplacing(request, 'metadata') ? readAttributes(request) : undefined;
    const tags = isReplacing(request, 'tagging') ? (readTags(request) ?? []) : undefined;
    const redirectLocation = request.header('x-amz-website-redirect-location');
    if (redirectLocation !== undefined) assertHeaderText('x-amz-website-redirect-location', redirectLocation);
    const isSelf = source.address.bucket === target.bucket && source.address.key === target.key;
    const isChanging =
      attributes !== undefined || redirectLocation !== undefined || changesStorageClass(request);
    if (isSelf && !isChanging) {
      throw new S3Error(
        'InvalidRequest',
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
      );
    }
    const checksum = await newChecksum(store, request, source);
    const record = await copyObject(store, target, {
      source: source.address,
      assertSource: source.assertConditions,
      ...(request.header('x-amz-checksum-algorithm') !== undefined && { boundTo: source.record }),
      conditions: readWriteConditions(request),
      ...(attributes !== undefined && { attributes }),
      ...(redirectLocation !== undefined && { redirectLocation }),
      ...(tags !== undefined && { tags }),
      ...(checksum !== undefined && { checksum }),
    });
    return xmlReply(
      [
        'CopyObjectResult',
        [
          ['LastModified', new Date(record.modifiedAt).toISOString()],
          ['ETag', quoteEtag(record.etag)],
          ...checksumNodes(record.checksum),
        ],
      ],
      // Which version was copied is known for sure only here: S3 has this header for other writes.
      { 'x-amz-object-size': String(record.sizeBytes) },
    );
  },
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export const uploadPartCopyOperation: Operation<ObjectRequest> = {
  name: 'UploadPartCopy',
  access: 'write',
  async run({ store }, request) {
    const address = uploadAddress(request);
    const partNumber = readPartNumber(request);
    const upload = getUpload(store, address);
    const { record } = getCopySource(store, request);
    const span = readCopyRange(request.header('x-amz-copy-source-range'), record.sizeBytes);
    const maxBytes = roomForPart(store, upload, { uploadId: address.uploadId, partNumber });
    if (span.end - span.start > maxBytes) throw new S3Error('EntityTooLarge');
    const { content } = record;
    const isWhole = span.start === 0 && span.end === record.sizeBytes;
    if (isWhole && !('manifest' in content) && upload.checksum === undefined) {
      const part = await sharePart(store, address, { partNumber, content });
      return copyPartReply(part);
    }
    const algorithm = upload.checksum?.algorithm;
    const digestNames: DigestName[] = algorithm === undefined ? [] : [digestNameOf(algorithm)];
    using reader = ObjectReader.open(store, record);
    const staged = await stageContent(store, reader.read(span), digestNames);
    const part = await putPart(store, address, {
      partNumber,
      staged,
      ...(algorithm !== undefined && {
        checksum: { algorithm, value: staged.digests.get(digestNameOf(algorithm))?.toString('base64') ?? '' },
      }),
    });
    return copyPartReply(part);
  },
};

function copyPartReply(part: {
  readonly modifiedAt: number;
  readonly content: { readonly md5: string };
  readonly checksum?: Omit<ChecksumRecord, 'type'>;
}) {
  return xmlReply([
    'CopyPartResult',
    [
      ['LastModified', new Date(part.modifiedAt).toISOString()],
      ['ETag', quoteEtag(part.content.md5)],
      part.checksum && [`Checksum${part.checksum.algorithm}`, part.checksum.value],
    ],
  ]);
}

/** That would be a change elsewhere; here all classes are one. */
function changesStorageClass(request: ObjectRequest): boolean {
  return (request.header('x-amz-storage-class') ?? 'STANDARD') !== 'STANDARD';
}

/** Whether the copy gets metadata or tags of its own rather than the source's. */
function isReplacing(request: ObjectRequest, what: 'metadata' | 'tagging'): boolean {
  const name = `x-amz-${what}-directive`;
  const directive = request.header(name) ?? 'COPY';
  if (directive === 'REPLACE' || directive === 'COPY') return directive === 'REPLACE';
  throw new S3Error('InvalidArgument', `Unknown ${what} directive.`, {
    ArgumentName: name,
    ArgumentValue: directive,
  });
}

/** A checksum that the source does not have has to be worked out from the bytes. */
async function newChecksum(
  store: StoreDeps,
  request: ObjectRequest,
  source: CopySource,
): Promise<ChecksumRecord | undefined> {
  const wanted = request.header('x-amz-checksum-algorithm');
  if (wanted === undefined) return undefined;
  const algorithm = readAlgorithm(wanted);
  const { checksum, sizeBytes } = source.record;
  if (checksum?.algorithm === algorithm && checksum.type === 'FULL_OBJECT') return undefined;
  const digest = new MultiDigest([digestNameOf(algorithm)]);
  using reader = ObjectReader.open(store, source.record);
  for await (const chunk of reader.read({ start: 0, end: sizeBytes })) digest.update(chunk);
  const value = digest.digest().get(digestNameOf(algorithm))?.toString('base64') ?? '';
  return { algorithm, type: 'FULL_OBJECT', value };
}

/** Unlike Range, this one must be `bytes=first-last` and lie within the source. */
function readCopyRange(header: string | undefined, sizeBytes: number): ByteSpan {
  if (header === undefined) return { start: 0, end: sizeBytes };
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? [];
  const details = { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header };
  if (first === undefined || last === undefined || Number(last) < Number(first)) {
    throw new S3Error(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      details,
    );
  }
  if (Number(last) >= sizeBytes) {
    throw new S3Error(
      'InvalidArgument',
      `Range specified is not valid for source object of size: ${sizeBytes}`,
      details,
    );
  }
  return { start: Number(first), end: Number(last) + 1 };
}
