import { StorageError } from './storage-error.ts';
import type { StoredFile } from './wire.ts';

/** How an image is to be shown. Without any of these: the original. */
export interface ImageOptions {
  /** Pixels; a side left out follows from the other. */
  width?: number | undefined;
  /** Pixels. */
  height?: number | undefined;
  /**
   * `inside` (default) keeps the whole image, never enlarged; `cover` fills the box, cut around the centre; `smart` fills
   * it, cut around what matters.
   */
  fit?: 'inside' | 'cover' | 'smart' | undefined;
  /** 1 to 100. */
  quality?: number | undefined;
  /** Default: the best that the browser takes. */
  format?: 'avif' | 'webp' | 'jpeg' | 'png' | 'gif' | undefined;
  /** Radius in pixels. */
  blur?: number | undefined;
  /** More of the image host's filters, as they stand in its URLs: `['rotate(90)', 'grayscale()']`. */
  filters?: readonly string[] | undefined;
}

/** A file, or its key. */
export type ImageSource = string | Pick<StoredFile, 'key' | 'url'>;

/** The options as they stand in a URL of the image host: `fit-in/400x300/filters:quality(80)`. */
export function imageOptionsPath(options: ImageOptions = {}): string {
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
  return segments.join('/');
}

/** Where an image is shown with these options. @throws `client/invalid-input` when nothing tells the image host */
export function imageUrl(source: ImageSource, options: ImageOptions | undefined, hosts: ImageHosts): string {
  const path = keyPath(source);
  const segments = [imageHost(source, hosts), imageOptionsPath(options), path].filter(Boolean);
  return segments.join('/');
}

interface ImageHosts {
  readonly url: string;
  readonly imagesUrl: string | undefined;
}

/** As configured, as the file's own URL says, or beside an API on its default port. */
function imageHost(source: ImageSource, { url, imagesUrl }: ImageHosts): string {
  if (imagesUrl) return imagesUrl.replace(/\/+$/, '');
  const path = `/${keyPath(source)}`;
  if (typeof source !== 'string' && source.url?.endsWith(path)) return source.url.slice(0, -path.length);
  const api = new URL(url);
  if (api.port === '4500') return `${api.protocol}//${api.hostname}:4502`;
  throw new StorageError(
    'client/invalid-input',
    'Where is the image host? Give its address to createStorage as `imagesUrl`.',
  );
}

function keyPath(source: ImageSource): string {
  const key = typeof source === 'string' ? source : source.key;
  return key.split('/').map(encodeURIComponent).join('/');
}
