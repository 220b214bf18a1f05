import type { IncomingMessage } from 'node:http';
import type { VerifiedRequest, VerifyOptions } from '@bkend/sigv4';
import type { RequestTarget } from '../http/s3-target.ts';

/** A request whose signature has been verified, and its target. */
export interface AuthenticatedRequest {
  readonly verified: VerifiedRequest;
  readonly target: RequestTarget;
}

/** The parts of a request that the cache reads. */
type Asked = Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>;

interface CachedUrl {
  readonly method: string | undefined;
  readonly url: string;
  readonly host: string;
  readonly authenticated: AuthenticatedRequest;
  readonly secret: string;
  readonly verifiedAt: number;
  readonly expiresAt: number;
}

/** Entries kept at most, about 3 KiB each. */
const maxUrls = 4096;

/** URLs that are longer or have more parameters are not kept: their size is the sender's choice. */
const maxUrlLength = 2048;
const maxParameters = 16;

/** Entries are found by the end of their URL, where its signature stands as a rule: to hash all of it takes four times as long. */
const endLength = 96;

/**
 * Cache of presigned GET and HEAD URLs whose signature was verified. A video player asks for one URL again and again, a range at a time,
 * and verifying a signature takes longer than the rest of a small read.
 *
 * An entry says that the signature is good, for requests with exactly these bytes. The expiry of the URL and the secret of its key
 * are checked on every use; a request that differs in anything is verified again.
 */
export class VerifiedUrlCache {
  /** By the end of the URL; of two with one end the later. */
  readonly #urls = new Map<string, CachedUrl>();

  find(request: Asked, options: VerifyOptions): AuthenticatedRequest | undefined {
    const { method, url = '' } = request;
    const end = url.slice(-endLength);
    const cached = this.#urls.get(end);
    if (cached === undefined || cached.url !== url || cached.method !== method) return undefined;
    if (findOnlyHost(request) !== cached.host) return undefined;
    if (isGood(cached, options)) return cached.authenticated;
    this.#urls.delete(end);
    return undefined;
  }

  /** @param options with which the request was verified */
  keep(request: Asked, authenticated: AuthenticatedRequest, options: VerifyOptions): void {
    const { method, url = '' } = request;
    if ((method !== 'GET' && method !== 'HEAD') || url.length > maxUrlLength) return;
    const { accessKeyId, expiresAt, signedHeaders, target } = authenticated.verified;
    // With more signed headers than Host, the URL alone does not identify the request.
    if (accessKeyId === undefined || expiresAt === undefined || signedHeaders.size > 1) return;
    const host = findOnlyHost(request);
    const secret = options.findSecret(accessKeyId);
    if (host === undefined || secret === undefined || target.query.length > maxParameters) return;
    this.#urls.set(url.slice(-endLength), {
      method,
      url,
      host,
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
  { authenticated, secret, verifiedAt, expiresAt }: CachedUrl,
  options: VerifyOptions,
): boolean {
  const now = options.now.getTime();
  const { accessKeyId = '' } = authenticated.verified;
  return now >= verifiedAt && now <= expiresAt && options.findSecret(accessKeyId) === secret;
}

/** The Host of a request. Undefined where there are two, or where the signature covers other headers. */
function findOnlyHost({ rawHeaders }: Asked): string | undefined {
  let host: string | undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const header = rawHeaders[at]?.toLowerCase() ?? '';
    if (header === 'authorization' || header === 'content-md5' || header.startsWith('x-amz-'))
      return undefined;
    if (header !== 'host') continue;
    if (host !== undefined) return undefined;
    host = rawHeaders[at + 1];
  }
  return host;
}
