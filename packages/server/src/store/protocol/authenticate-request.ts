import type { IncomingMessage } from 'node:http';
import { verifyRequest } from '@bkend/sigv4';
import { type AccessDeps, verifyOptions } from '../auth/authenticate.ts';
import type { AuthenticatedRequest, RememberedUrls } from './remembered-urls.ts';
import { readTarget } from './s3-request.ts';

/** What requests are authenticated with. */
export interface AuthenticationDeps {
  readonly access: AccessDeps;
  readonly urls: RememberedUrls;
  /** Below which host buckets have names of their own. */
  readonly baseDomain: string | undefined;
}

/**
 * Checks the signature of a request, the first thing that is done with it, and reads what it is about.
 *
 * @throws SignatureError; S3Error as `readTarget`
 */
export function authenticateRequest(
  deps: AuthenticationDeps,
  request: IncomingMessage,
): AuthenticatedRequest {
  const options = verifyOptions(deps.access);
  const remembered = deps.urls.find(request, options);
  if (remembered !== undefined) return remembered;
  const { method = '', url: rawUrl = '', rawHeaders, headers } = request;
  const verified = verifyRequest({ method, rawUrl, rawHeaders }, options);
  const target = readTarget(verified.target, { host: headers.host, baseDomain: deps.baseDomain });
  const authenticated = { verified, target };
  deps.urls.keep(request, authenticated, options);
  return authenticated;
}
