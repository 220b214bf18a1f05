import { type ImageUrl, readImageAccess, StorageError } from '@bkend/storage-contract';
import { callerOfTicket, type ImageTicket, readImageTicket } from '../../files/image-ticket.ts';
import type { Caller } from '../../identity/caller.ts';
import type { ImagesSettings } from '../settings.ts';
import { bearsThumborSignature } from './thumbor-signature.ts';

/** What a URL may show: public files, or those its viewer may see. */
export type Permission =
  /** `signed`: by whoever runs the service, with Thumbor's signature; no restriction of options applies. */
  | { readonly kind: 'public'; readonly signed: boolean }
  | { readonly kind: 'ticket'; readonly viewer: Caller; readonly expiresAt: Date };

export interface PermissionDeps {
  readonly settings: Pick<ImagesSettings, 'signingKey' | 'signedOnly'>;
  readonly ticketSecret: string;
  readonly clock: () => Date;
}

/**
 * Reads the permission a URL carries.
 * @param path as it was sent, for Thumbor's signature covers its very characters
 * @throws `file/access-denied` for a signature that is wrong or over, or missing where one is needed
 */
export function readPermission(deps: PermissionDeps, url: ImageUrl, path: string): Permission {
  const { signingKey, signedOnly } = deps.settings;
  switch (url.access?.kind) {
    case 'ticket': {
      const ticket = readImageTicket(deps.ticketSecret, url.access, url);
      if (!ticket) throw refused('The signature of this URL is not right.');
      return admit(ticket, deps.clock());
    }
    case 'hmac': {
      const { rest } = readImageAccess(path);
      const right = signingKey !== undefined && bearsThumborSignature(signingKey, url.access.signature, rest);
      if (!right) throw refused('The signature of this URL is not right.');
      return { kind: 'public', signed: true };
    }
    case 'unsafe':
    case undefined:
      if (signedOnly) throw refused('This server takes signed URLs only.');
      return { kind: 'public', signed: false };
  }
}

function admit(ticket: ImageTicket, now: Date): Permission {
  if (ticket.expiresAt <= now) throw refused('This URL is no longer valid.');
  return { kind: 'ticket', viewer: callerOfTicket(ticket), expiresAt: ticket.expiresAt };
}

function refused(message: string): StorageError {
  return new StorageError('file/access-denied', message);
}
