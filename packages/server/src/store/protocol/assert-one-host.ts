import type { IncomingMessage } from 'node:http';
import { S3Error } from '../objects/s3-error.ts';

/**
 * Refuses a request with more than one Host header, or with one that names no host: a proxy may have taken another of them.
 *
 * @throws S3Error `BadRequest`
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2
 */
export function assertOneHost(request: IncomingMessage): void {
  if (hasClearHost(request)) return;
  throw new S3Error('BadRequest', 'A request must have one Host header, which names a host.');
}

/** Whether there is at most one Host header, and nothing in it but a host and a port (RFC 3986 §3.2.2). */
export function hasClearHost({ rawHeaders }: IncomingMessage): boolean {
  let host: string | undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length !== 4 || name.toLowerCase() !== 'host') continue;
    if (host !== undefined) return false;
    host = rawHeaders[at + 1] ?? '';
  }
  return host === undefined || /^[\w.\-~!$&'()*+,;=%:[\]]*$/.test(host);
}
