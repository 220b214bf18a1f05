import type { ImageFormat } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';

/** Formats that not every client supports, best first. */
const modern = ['avif', 'webp'] as const;

const none: readonly ImageFormat[] = [];
const read = new LRUCache<string, readonly ImageFormat[]>({ max: 500 });

/**
 * The formats among AVIF and WebP that `Accept` names, by the client's preference (RFC 9110, section 12.5.1). A wildcard does not
 * count: clients send one whether they support AVIF or not. A format is left out when the client names the original's type and
 * prefers that.
 */
export function acceptedFormats(header: string | undefined, ownType: string): readonly ImageFormat[] {
  if (header === undefined || header.length > 1000) return none;
  // Browsers send one of a few values, with every image.
  const name = `${ownType}\n${header}`;
  const known = read.get(name);
  if (known) return known;
  const formats = readAccept(header, ownType);
  read.set(name, formats);
  return formats;
}

function readAccept(header: string, ownType: string): ImageFormat[] {
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
