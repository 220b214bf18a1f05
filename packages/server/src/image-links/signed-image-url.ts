import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  asksForOriginal,
  buildImageOptions,
  buildImagePath,
  type ImageAccess,
  type ImageUrl,
  type ImageUrlAnswer,
  type ImageUrlParts,
  type ImageUrlRequest,
  invalidParameters,
  parseImagePath,
  planImage,
  StorageError,
} from '@bkend/storage-contract';
import { requireServed } from '../files/access.ts';
import type { FilesDeps } from '../files/deps.ts';
import type { File } from '../files/file.ts';
import { getReadableFile } from '../files/get-file.ts';
import { type Caller, requireScope } from '../identity/caller.ts';
import type { Tenant } from '../identity/tenant.ts';

/**
 * Signed image URLs: URLs of the image host for images of any visibility. The API signs them, the image host verifies
 * them; nothing is stored. The signature covers the claims (viewer, tenant, expiry) and the canonical options and key.
 */

export interface ImageLinksDeps extends Pick<FilesDeps, 'files' | 'clock' | 'limits' | 'imageUrl'> {
  /** The key of the signatures; the image host has the same. */
  readonly imageUrlSecret: string;
}

/** Viewer and expiry of a signed image URL. It shows no more than its viewer may see when it is used. */
export interface ImageUrlClaims {
  readonly tenant: Tenant;
  readonly viewer:
    | { readonly kind: 'admin' | 'guest' }
    | {
        readonly kind: 'user';
        readonly userId: string;
      };
  readonly expiresAt: Date;
}

/** The claims as JSON in the URL. */
type ClaimsJson = [expiresAtSeconds: number, tenant: Tenant, kind: Caller['kind'], userId?: string];

type SignedAccess = Extract<ImageAccess, { kind: 'signed' }>;

/**
 * Signs a URL of the image host for an image of any visibility. The URL works until it expires, and no longer than the
 * caller may read the file.
 * @param input.request.options options of an image URL, as in `300x200/filters:blur(4)`; none shows the original
 * @throws `auth/scope-insufficient`, `file/not-found`, `file/access-denied`, `file/scan-pending`, `file/invalid-format` for a file that is
 * not an image, `common/invalid-parameters` for options that do not parse
 */
export async function signImageUrl(
  deps: ImageLinksDeps,
  caller: Caller,
  { fileId, request }: { fileId: string; request: ImageUrlRequest },
): Promise<ImageUrlAnswer> {
  requireScope(caller, 'files:read');
  const file = await getReadableFile(deps, caller, fileId);
  requireServed(file);
  if (!file.mimeType.startsWith('image/')) {
    throw new StorageError('file/invalid-format', `This file is ${file.mimeType}, which is not an image.`);
  }
  const url = readOptions(request.options ?? '', file);
  const expiresInSeconds = request.expiresIn ?? deps.limits.downloadUrlLifeSeconds;
  // Claims hold whole seconds.
  const seconds = Math.floor(deps.clock().getTime() / 1000) + expiresInSeconds;
  const expiresAt = new Date(seconds * 1000);
  const access = signImageAccess(deps.imageUrlSecret, claimsOf(caller, expiresAt), url);
  const path = buildImagePath({ ...url, access }).slice(1);
  return { url: deps.imageUrl(path), expiresAt: expiresAt.toISOString() };
}

/** Signs a URL's options and key for a viewer: HMAC-SHA-256 over the claims and the canonical path. */
export function signImageAccess(secret: string, claims: ImageUrlClaims, url: ImageUrlParts): SignedAccess {
  const { tenant, viewer, expiresAt } = claims;
  const seconds = Math.floor(expiresAt.getTime() / 1000);
  const json: ClaimsJson =
    viewer.kind === 'user' ? [seconds, tenant, viewer.kind, viewer.userId] : [seconds, tenant, viewer.kind];
  const text = Buffer.from(JSON.stringify(json)).toString('base64url');
  return { kind: 'signed', claims: text, signature: signatureOf(secret, text, url).toString('base64url') };
}

/**
 * Verifies the signature of an image URL. Expiry is for the caller to check.
 * @returns the claims; undefined when the signature does not cover this URL
 */
export function verifyImageAccess(
  secret: string,
  { claims, signature }: SignedAccess,
  url: ImageUrlParts,
): ImageUrlClaims | undefined {
  const given = Buffer.from(signature, 'base64url');
  const expected = signatureOf(secret, claims, url);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  // The signature is ours, so the claims have the form that `signImageAccess` writes.
  const [seconds, tenant, kind, userId = '']: ClaimsJson = JSON.parse(
    Buffer.from(claims, 'base64url').toString(),
  );
  const viewer = kind === 'user' ? { kind, userId } : { kind };
  return { tenant, viewer, expiresAt: new Date(seconds * 1000) };
}

/** The viewer of a signed image URL as a caller, for the access rules. */
export function viewerOf({ tenant, viewer }: ImageUrlClaims): Caller {
  return { ...viewer, tenant, keyId: '', scopes: ['files:read'] };
}

function claimsOf(caller: Caller, expiresAt: Date): ImageUrlClaims {
  const viewer =
    caller.kind === 'user' ? { kind: caller.kind, userId: caller.userId } : { kind: caller.kind };
  return { tenant: caller.tenant, viewer, expiresAt };
}

function signatureOf(secret: string, claims: string, url: ImageUrlParts): Buffer {
  return createHmac('sha256', secret)
    .update(`${claims}/${buildImageOptions(url)}`)
    .digest();
}

function readOptions(options: string, file: File): ImageUrl {
  const trimmed = options.replace(/^\/+|\/+$/g, '');
  const key = buildImagePath({ key: file.key }).slice(1);
  const url = parseImagePath(trimmed === '' ? key : `${trimmed}/${key}`);
  if (url.kind === 'fault') throw invalidOptions(`"${url.option}" ${url.message}`);
  if (url.key !== file.key) throw invalidOptions('must be those of an image URL, without its key');
  if (url.access) throw invalidOptions('must not begin with a signature or "unsafe"');
  if (!asksForOriginal(url) && url.preset === undefined) {
    const planned = planImage(url);
    if ('issues' in planned) throw invalidParameters(planned.issues);
  }
  return url;
}

function invalidOptions(message: string): StorageError {
  return invalidParameters([{ field: 'options', message }]);
}
