import { StorageError } from './storage-error.ts';
import type { StoredFile } from './wire.ts';

/** How an image is to be shown. Without any of these: the original. */
export interface ImageOptions {
  /** Pixels; a side left out follows from the other. */
  width?: number;
  /** Pixels. */
  height?: number;
  /**
   * `inside` (default) keeps the whole image, never enlarged; `cover` fills the box, cut around the centre; `smart` fills
   * it, cut around what matters.
   */
  fit?: 'inside' | 'cover' | 'smart';
  /** 1 to 100. */
  quality?: number;
  /** Default: the best that the browser takes. */
  format?: 'avif' | 'webp' | 'jpeg' | 'png' | 'gif';
  /** Radius in pixels. */
  blur?: number;
  /** More of the image host's filters, as they stand in its URLs: `['rotate(90)', 'grayscale()']`. */
  filters?: readonly string[];
}

/** A file, or its key. */
export type ImageSource = string | Pick<StoredFile, 'key' | 'url'>;

/** The path on the image host, without its leading slash. */
export function imagePath(key: string, options: ImageOptions = {}): string {
  const { width, height, fit = 'inside', quality, format, blur, filters = [] } = options;
  const segments: string[] = [];
  if (width !== undefined || height !== undefined) {
    const size = `${width ?? 0}x${height ?? 0}`;
    segments.push(fit === 'inside' ? `fit-in/${size}` : fit === 'smart' ? `${size}/smart` : size);
  }
  const all = [
    quality !== undefined && `quality(${quality})`,
    format !== undefined && `format(${format})`,
    blur !== undefined && `blur(${blur})`,
    ...filters,
  ].filter(Boolean);
  if (all.length > 0) segments.push(`filters:${all.join(':')}`);
  return [...segments, ...key.split('/').map(encodeURIComponent)].join('/');
}

/** Where the image host is: as configured, as the file's own URL says, or beside an API on its default port. */
export function imageHost(
  source: ImageSource,
  { url, imagesUrl }: { url: string; imagesUrl?: string | undefined },
): string {
  if (imagesUrl) return imagesUrl.replace(/\/+$/, '');
  const path = `/${imagePath(keyOf(source))}`;
  if (typeof source !== 'string' && source.url?.endsWith(path)) return source.url.slice(0, -path.length);
  const api = new URL(url);
  if (api.port === '4500') return `${api.protocol}//${api.hostname}:4502`;
  throw new StorageError(
    'client/invalid-input',
    'Where is the image host? Give its address to createStorage as `imagesUrl`.',
  );
}

export function keyOf(source: ImageSource): string {
  return typeof source === 'string' ? source : source.key;
}
