import type { ImageFormat } from '@bkend/storage-contract';

/** Formats not every client takes, best first. */
const modern = ['avif', 'webp'] as const;

/**
 * Which of the better formats a client asks for by name, in the order of its own preference (RFC 9110, section 12.5.1).
 * A wildcard is no such wish: clients send one whether they can show AVIF or not. A better format is left out when the
 * client names the picture's own type and prefers it.
 */
export function acceptedFormats(header: string | undefined, ownType: string): ImageFormat[] {
  if (header === undefined || header.length > 1000) return [];
  const qualities = new Map<string, number>();
  for (const range of header.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    const quality = q === undefined ? 1 : Number(q);
    qualities.set(type, Number.isFinite(quality) ? Math.min(Math.max(quality, 0), 1) : 0);
  }
  const qualityOf = (format: ImageFormat) => qualities.get(`image/${format}`) ?? 0;
  const own = qualities.get(ownType) ?? 0;
  return modern
    .filter((format) => qualityOf(format) > 0 && qualityOf(format) >= own)
    .sort((a, b) => qualityOf(b) - qualityOf(a));
}
