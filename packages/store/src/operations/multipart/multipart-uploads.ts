import { quoteEtag } from '@bkend/http';
import { encodePathS3 } from '@bkend/sigv4';
import {
  checksumHeader,
  checksumHeaders,
  checksumNodes,
  type ExpectedDigests,
  readExpectedDigests,
  readExpectedMd5,
} from '../../checksums/expected-digests.ts';
import { S3Error } from '../../errors/s3-error.ts';
import { emptyReply, xmlReply } from '../../http/reply.ts';
import type { UploadRecord } from '../../index/records.ts';
import { requireBucket } from '../../objects/bucket.ts';
import { completeUpload } from '../../objects/complete-upload.ts';
import {
  abortUpload,
  createUpload,
  getUpload,
  putPart,
  roomForPart,
} from '../../objects/multipart-upload.ts';
import { readAttributes } from '../object-attributes.ts';
import type { ObjectRequest, Operation } from '../operation.ts';
import { readPartNumber, uploadAddress } from '../parameters.ts';
import { readWriteConditions } from '../read-conditions.ts';
import { assertLength, receiveBody, receiveDocument } from '../receive-body.ts';
import { readCompleteRequest } from './complete-request.ts';
import { multipartChecksum, readUploadChecksum } from './multipart-checksum.ts';

/**
 * Extension of ours: the most bytes that the parts of an upload may have together. A part that would exceed them is
 * `EntityTooLarge`, and one of a declared length is refused before its bytes are read.
 */
const maxUploadBytesHeader = 'x-bkend-max-upload-bytes';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export const createUploadOperation: Operation<ObjectRequest> = {
  name: 'CreateMultipartUpload',
  access: 'write',
  async run({ store }, request) {
    const { bucket, key } = request.target;
    const checksum = readUploadChecksum(request);
    const maxBytes = readByteCount(request, maxUploadBytesHeader);
    const uploadId = await createUpload(store, request.target, {
      attributes: readAttributes(request),
      ...(checksum !== undefined && { checksum }),
      ...(maxBytes !== undefined && { maxBytes }),
    });
    return xmlReply(
      [
        'InitiateMultipartUploadResult',
        [
          ['Bucket', bucket],
          ['Key', key],
          ['UploadId', uploadId],
        ],
      ],
      { 'x-amz-checksum-algorithm': checksum?.algorithm, 'x-amz-checksum-type': checksum?.type },
    );
  },
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export const uploadPartOperation: Operation<ObjectRequest> = {
  name: 'UploadPart',
  access: 'write',
  async run({ store }, request) {
    requireBucket(store, request.target.bucket);
    assertNamesPart(request);
    const address = uploadAddress(request);
    const partNumber = readPartNumber(request);
    const upload = getUpload(store, address);
    assertLength(request);
    const { staged, checksum } = await receiveBody(store, request, {
      digests: expectedOfPart(request, upload),
      maxBytes: roomForPart(store, upload, { uploadId: address.uploadId, partNumber }),
    });
    const part = await putPart(store, address, {
      partNumber,
      staged,
      ...(checksum !== undefined && { checksum }),
    });
    return emptyReply(200, { etag: quoteEtag(part.content.md5), ...checksumHeaders(part.checksum) });
  },
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export const completeUploadOperation: Operation<ObjectRequest> = {
  name: 'CompleteMultipartUpload',
  access: 'write',
  async run({ store }, request) {
    const { bucket, key } = request.target;
    // The checksum in this request is that of the object, not of its body.
    const parts = readCompleteRequest(
      await receiveDocument(request, maxCompleteBytes, readExpectedMd5(request)),
    );
    const sizeBytes = readByteCount(request, 'x-amz-mp-object-size');
    const record = await completeUpload(store, uploadAddress(request), {
      parts,
      conditions: readWriteConditions(request),
      checksumOf: (upload, chosen) => multipartChecksum(request, upload, chosen),
      ...(sizeBytes !== undefined && { sizeBytes }),
    });
    const { checksum } = record;
    return xmlReply([
      'CompleteMultipartUploadResult',
      [
        ['Location', `http://${request.header('host') ?? ''}/${bucket}/${encodePathS3(key)}`],
        ['Bucket', bucket],
        ['Key', key],
        ['ETag', quoteEtag(record.etag)],
        ...checksumNodes(checksum),
      ],
    ]);
  },
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export const abortUploadOperation: Operation<ObjectRequest> = {
  name: 'AbortMultipartUpload',
  access: 'write',
  async run({ store }, request) {
    await abortUpload(store, uploadAddress(request));
    return emptyReply(204);
  },
};

/** Room for 10,000 parts with all their fields. */
const maxCompleteBytes = 8 * 1024 * 1024;

/** @throws S3Error `InvalidArgument` for a part of no upload, `MethodNotAllowed` for an upload without a part */
function assertNamesPart(request: ObjectRequest): void {
  const { query } = request.target;
  if (!query.has('uploadId')) {
    throw new S3Error('InvalidArgument', 'This operation does not accept partNumber without uploadId', {
      ArgumentName: 'partNumber',
      ArgumentValue: query.get('partNumber') ?? '',
    });
  }
  if (query.has('partNumber')) return;
  throw new S3Error('MethodNotAllowed', undefined, {
    Method: request.method,
    AllowedMethods: 'GET, POST, DELETE',
  });
}

/** A part has the checksum its upload was created with, even if the client sends none. */
function expectedOfPart(request: ObjectRequest, upload: UploadRecord): ExpectedDigests {
  const expected = readExpectedDigests(request);
  if (upload.checksum === undefined) return expected;
  const { algorithm } = upload.checksum;
  if (expected.checksum === undefined) return { ...expected, checksum: { algorithm, isInTrailer: false } };
  if (expected.checksum.algorithm === algorithm) return expected;
  throw new S3Error(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${algorithm.toLowerCase()}, actual checksum Type: ${expected.checksum.algorithm.toLowerCase()}`,
    { Header: checksumHeader(algorithm) },
  );
}

function readByteCount(request: ObjectRequest, header: string): number | undefined {
  const text = request.header(header);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw new S3Error('InvalidRequest', `Value for ${header} header is invalid.`);
  }
  return Number(text);
}
