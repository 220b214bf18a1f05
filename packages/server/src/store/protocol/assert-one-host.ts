import type { IncomingMessage } from 'node:http';
import { namesOneHost } from '../../http/names-one-host.ts';
import { S3Error } from '../objects/s3-error.ts';

/** @throws S3Error `BadRequest` for more than one Host header, or one that names no host: a proxy may have taken another */
export function assertOneHost(request: IncomingMessage): void {
  if (namesOneHost(request)) return;
  throw new S3Error('BadRequest', 'A request must have one Host header, which names a host.');
}
