import type { ResolveDeps, ResolvedImage } from '../resolve-image.ts';

/**
 * What is public may be kept by every cache for a while, what is not by its viewer; neither beyond its end. `must-revalidate`, and no
 * `stale-while-revalidate` (RFC 5861): a file that is hidden or deleted is gone from caches downstream after `maxAgeSeconds`.
 */
export function cacheControlOf(
  { settings, clock }: Pick<ResolveDeps, 'settings' | 'clock'>,
  { permission, delivery }: Pick<ResolvedImage, 'permission' | 'delivery'>,
): string {
  const ends = [
    delivery.expiresAtMs,
    permission.kind === 'ticket' ? permission.expiresAt.getTime() : undefined,
  ];
  const leftSeconds = ends.map((end) => (end === undefined ? Infinity : (end - clock().getTime()) / 1000));
  const maxAge = Math.max(0, Math.floor(Math.min(settings.maxAgeSeconds, ...leftSeconds)));
  if (permission.kind === 'ticket') return `private, max-age=${maxAge}`;
  return `public, max-age=${maxAge}, must-revalidate`;
}
