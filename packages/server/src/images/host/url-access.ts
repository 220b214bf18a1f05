import { createHmac, timingSafeEqual } from 'node:crypto';
import { type ImageUrl, readImageAccess, StorageError } from '@bkend/storage-contract';
import type { Caller } from '../../identity/caller.ts';
import { verifyImageAccess, viewerOf } from '../../image-links/signed-image-url.ts';
import type { ImagesSettings } from '../settings.ts';

/** The files that an image URL may show: public ones, or those that its viewer may read. */
export type UrlAccess =
  /** `signed`: with Thumbor's signature, by the operator; options are then not restricted. */
  | { readonly kind: 'public'; readonly signed: boolean }
  | { readonly kind: 'viewer'; readonly viewer: Caller; readonly expiresAt: Date };

export interface UrlAccessDeps {
  readonly settings: Pick<ImagesSettings, 'signingKey' | 'signedOnly'>;
  /** The key of signed image URLs. */
  readonly imageUrlSecret: string;
  readonly clock: () => Date;
}

/**
 * Verifies the access part of an image URL.
 * @param path as received: Thumbor's signature covers its characters
 * @throws `file/access-denied` for a wrong or expired signature, and without one where the operator requires it
 */
export function verifyUrlAccess(deps: UrlAccessDeps, url: ImageUrl, path: string): UrlAccess {
  const { signingKey, signedOnly } = deps.settings;
  switch (url.access?.kind) {
    case 'signed': {
      const claims = verifyImageAccess(deps.imageUrlSecret, url.access, url);
      if (!claims) throw refused('The signature of this URL is not right.');
      if (claims.expiresAt <= deps.clock()) throw refused('This URL is no longer valid.');
      return { kind: 'viewer', viewer: viewerOf(claims), expiresAt: claims.expiresAt };
    }
    case 'hmac': {
      const { rest } = readImageAccess(path);
      const isRight =
        signingKey !== undefined && verifyThumborSignature(signingKey, url.access.signature, rest);
      if (!isRight) throw refused('The signature of this URL is not right.');
      return { kind: 'public', signed: true };
    }
    case 'unsafe':
    case undefined:
      if (signedOnly) throw refused('This server takes signed URLs only.');
      return { kind: 'public', signed: false };
  }
}

/** Thumbor's signature is the HMAC-SHA1 of the path behind it, in base64url: of the path as sent, or percent-decoded. */
function verifyThumborSignature(key: string, signature: string, path: string): boolean {
  const given = Buffer.from(signature, 'base64url');
  return [path, percentDecoded(path)].some((text) => {
    if (text === undefined) return false;
    const expected = createHmac('sha1', key).update(text).digest();
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function percentDecoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function refused(message: string): StorageError {
  return new StorageError('file/access-denied', message);
}
