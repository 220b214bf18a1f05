import type { IncomingMessage } from 'node:http';
import type { VerifiedRequest, VerifyOptions } from '@bkend/sigv4';
import type { RequestTarget } from './s3-request.ts';

/** A request whose signature has been checked, and what it is about. */
export interface AuthenticatedRequest {
  readonly verified: VerifiedRequest;
  readonly target: RequestTarget;
}

interface RememberedUrl extends AuthenticatedRequest {
  readonly secret: string;
  readonly verifiedAt: number;
  readonly expiresAt: number;
}

/** About 2 KiB each. */
const maxUrls = 4096;

/**
 * The presigned URLs that were read lately: whoever plays a video asks for one URL again and again, a range at a time. Checking a
 * signature takes longer than everything else about a small read.
 *
 * Only what a signature says is remembered, and only of requests in exactly the same words. Whether the URL has expired and
 * whether its key is still there is asked each time; where anything differs, the signature is checked again.
 */
export class RememberedUrls {
  readonly #urls = new Map<string, RememberedUrl>();

  find(request: IncomingMessage, options: VerifyOptions): AuthenticatedRequest | undefined {
    const name = nameOf(request);
    const url = name === undefined ? undefined : this.#urls.get(name);
    if (url === undefined) return undefined;
    const now = options.now.getTime();
    const isGood =
      now >= url.verifiedAt &&
      now <= url.expiresAt &&
      options.findSecret(url.verified.accessKeyId ?? '') === url.secret;
    return isGood ? url : undefined;
  }

  /** @param options those it was verified with */
  keep(request: IncomingMessage, authenticated: AuthenticatedRequest, options: VerifyOptions): void {
    const { verified, target } = authenticated;
    const { accessKeyId, expiresAt, signedHeaders } = verified;
    // With other headers signed, the URL alone does not say what was verified.
    if (accessKeyId === undefined || expiresAt === undefined || signedHeaders.size > 1) return;
    const name = nameOf(request);
    const secret = options.findSecret(accessKeyId);
    if (name === undefined || secret === undefined) return;
    this.#urls.set(name, {
      verified,
      target,
      secret,
      verifiedAt: options.now.getTime(),
      expiresAt: expiresAt.getTime(),
    });
    const [oldest] = this.#urls.size > maxUrls ? this.#urls.keys() : [];
    if (oldest !== undefined) this.#urls.delete(oldest);
  }
}

/** All that counts for the signature of a read; undefined where that is more than method, host and URL. */
function nameOf({ method, url, rawHeaders }: IncomingMessage): string | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  let host: string | undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const header = rawHeaders[at]?.toLowerCase() ?? '';
    if (header === 'authorization' || header === 'content-md5' || header.startsWith('x-amz-'))
      return undefined;
    if (header !== 'host') continue;
    if (host !== undefined) return undefined;
    host = rawHeaders[at + 1];
  }
  return host === undefined ? undefined : `${method} ${host} ${url}`;
}
