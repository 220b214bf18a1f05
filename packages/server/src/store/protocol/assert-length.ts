import { S3Error } from '../objects/s3-error.ts';
import type { S3Request } from './s3-request.ts';

/**
 * A body needs an end: its length, or chunks of HTTP. Without either, what would be stored is an empty object that
 * nobody meant. Chunks of `aws-chunked` always come with the length of what is in them.
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
