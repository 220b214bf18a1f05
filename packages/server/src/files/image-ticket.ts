import { createHmac, timingSafeEqual } from 'node:crypto';
import { buildImageOptions, type ImageAccess, type ImageUrlParts } from '@bkend/storage-contract';
import type { Caller } from '../identity/caller.ts';
import type { Tenant } from '../identity/tenant.ts';

/** Who may look at a picture by URL alone, and until when. It opens no more than its viewer may see at that moment. */
export interface ImageTicket {
  readonly tenant: Tenant;
  readonly viewer:
    | { readonly kind: 'admin' | 'guest' }
    | {
        readonly kind: 'user';
        readonly userId: string;
      };
  readonly expiresAt: Date;
}

/** As they travel. */
type TicketFacts = [expiresAtSeconds: number, tenant: Tenant, kind: Caller['kind'], userId?: string];

type TicketAccess = Extract<ImageAccess, { kind: 'ticket' }>;

/** Signs a URL's options and key for a viewer: HMAC-SHA256 over the claims and the canonical path. */
export function issueImageTicket(secret: string, ticket: ImageTicket, url: ImageUrlParts): TicketAccess {
  const { tenant, viewer, expiresAt } = ticket;
  const seconds = Math.floor(expiresAt.getTime() / 1000);
  const facts: TicketFacts =
    viewer.kind === 'user' ? [seconds, tenant, viewer.kind, viewer.userId] : [seconds, tenant, viewer.kind];
  const claims = Buffer.from(JSON.stringify(facts)).toString('base64url');
  return { kind: 'ticket', claims, signature: sign(secret, claims, url).toString('base64url') };
}

/** What a ticket says, when it is ours and covers this URL; undefined when anything was changed. Expiry is the caller's. */
export function readImageTicket(
  secret: string,
  { claims, signature }: TicketAccess,
  url: ImageUrlParts,
): ImageTicket | undefined {
  const shown = Buffer.from(signature, 'base64url');
  const right = sign(secret, claims, url);
  if (shown.length !== right.length || !timingSafeEqual(shown, right)) return undefined;
  // Only we can have signed it, so it has the form we gave it.
  const [seconds, tenant, kind, userId = '']: TicketFacts = JSON.parse(
    Buffer.from(claims, 'base64url').toString(),
  );
  const viewer = kind === 'user' ? { kind, userId } : { kind };
  return { tenant, viewer, expiresAt: new Date(seconds * 1000) };
}

/** The ticket's viewer as a caller, for the rules of access. */
export function callerOfTicket({ tenant, viewer }: ImageTicket): Caller {
  return { ...viewer, tenant, keyId: '', scopes: ['files:read'] };
}

function sign(secret: string, claims: string, url: ImageUrlParts): Buffer {
  return createHmac('sha256', secret)
    .update(`${claims}/${buildImageOptions(url)}`)
    .digest();
}
