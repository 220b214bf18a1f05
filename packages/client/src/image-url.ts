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
  const { width = 0, height = 0, fit = 'inside', filters = [] } = options;
  const size = `${width}x${height}`;
  const box = { inside: `fit-in/${size}`, cover: size, smart: `${size}/smart` }[fit];
  const own = (['quality', 'format', 'blur'] as const)
    .filter((name) => options[name] !== undefined)
    .map((name) => `${name}(${options[name]})`);
  const all = [...own, ...filters].join(':');
  return [(width || height) && box, all && `filters:${all}`].filter(Boolean).join('/');
}

/** Where an image is shown with these options. @throws `client/invalid-input` when nothing tells the image host */
export function imageUrl(source: ImageSource, options: ImageOptions | undefined, hosts: ImageHosts): string {
  const { key, url = '' } = typeof source === 'string' ? { key: source } : source;
  const path = key.split('/').map(encodeURIComponent).join('/');
  const host =
    hosts.imagesUrl || (url.endsWith(`/${path}`) ? url.slice(0, -path.length) : besideApi(hosts.url));
  return [host.replace(/\/+$/, ''), imageOptionsPath(options), path].filter(Boolean).join('/');
}

interface ImageHosts {
  readonly url: string;
  /** As configured; else as the file's own URL says, or beside an API on its default port. */
  readonly imagesUrl: string | undefined;
}

function besideApi(url: string): string {
  const beside = url.replace(/:4500$/, ':4502');
  if (beside !== url) return beside;
  throw new StorageError('client/invalid-input', 'createStorage needs the `imagesUrl`.');
}
