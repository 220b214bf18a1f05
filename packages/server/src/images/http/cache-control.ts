import type { ResolveDeps, ResolvedImage } from '../resolve-image.ts';

/** What is public may be kept by everybody for a while, what is not by its viewer; neither beyond its end. */
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
  const limited = maxAge < settings.maxAgeSeconds;
  return limited
    ? `public, max-age=${maxAge}`
    : `public, max-age=${maxAge}, stale-while-revalidate=${maxAge * 2}`;
}
