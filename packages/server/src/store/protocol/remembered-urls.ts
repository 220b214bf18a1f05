import type { IncomingMessage } from 'node:http';
import type { VerifiedRequest, VerifyOptions } from '@bkend/sigv4';
import type { RequestTarget } from './s3-request.ts';

/** A request whose signature has been checked, and what it is about. */
export interface AuthenticatedRequest {
  readonly verified: VerifiedRequest;
  readonly target: RequestTarget;
}

/** What of a request counts here. */
type Asked = Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>;

interface RememberedUrl {
  readonly authenticated: AuthenticatedRequest;
  readonly secret: string;
  readonly verifiedAt: number;
  readonly expiresAt: number;
}

/** About 3 KiB each. */
const maxUrls = 4096;

/** Longer ones, and ones with more parameters, are not remembered: what a URL takes in memory is for its sender to choose. */
const maxNameLength = 2048;
const maxParameters = 16;

/**
 * The presigned URLs that were read lately: whoever plays a video asks for one URL again and again, a range at a time. Checking a
 * signature takes longer than everything else about a small read.
 *
 * Only what a signature says is remembered, and only of requests in exactly the same words. Whether the URL has expired and
 * whether its key is still there is asked each time; where anything differs, the signature is checked again.
 */
export class RememberedUrls {
  readonly #urls = new Map<string, RememberedUrl>();

  find(request: Asked, options: VerifyOptions): AuthenticatedRequest | undefined {
    const name = nameOf(request);
    const url = name === undefined ? undefined : this.#urls.get(name);
    if (name === undefined || url === undefined) return undefined;
    if (isGood(url, options)) return url.authenticated;
    this.#urls.delete(name);
    return undefined;
  }

  /** @param options those it was verified with */
  keep(request: Asked, authenticated: AuthenticatedRequest, options: VerifyOptions): void {
    const { accessKeyId, expiresAt, signedHeaders, target } = authenticated.verified;
    // With other headers signed, the URL alone does not say what was verified.
    if (accessKeyId === undefined || expiresAt === undefined || signedHeaders.size > 1) return;
    const name = nameOf(request);
    const secret = options.findSecret(accessKeyId);
    if (name === undefined || secret === undefined || target.query.length > maxParameters) return;
    this.#urls.set(name, {
      authenticated,
      secret,
      verifiedAt: options.now.getTime(),
      expiresAt: expiresAt.getTime(),
    });
    const [oldest] = this.#urls.size > maxUrls ? this.#urls.keys() : [];
    if (oldest !== undefined) this.#urls.delete(oldest);
  }
}

function isGood(
  { authenticated, secret, verifiedAt, expiresAt }: RememberedUrl,
  options: VerifyOptions,
): boolean {
  const now = options.now.getTime();
  const { accessKeyId = '' } = authenticated.verified;
  return now >= verifiedAt && now <= expiresAt && options.findSecret(accessKeyId) === secret;
}

/** All that counts for the signature of a read; undefined where that is more than method, host and URL. */
function nameOf({ method, url, rawHeaders }: Asked): string | undefined {
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
  const name = `${method} ${host} ${url}`;
  return host === undefined || name.length > maxNameLength ? undefined : name;
}
