import { StorageError } from './storage-error.ts';
import type { StoredFile } from './wire.ts';

/** Size, fit, encoding and filters of a rendition. None of them: the original. */
export interface ImageOptions {
  /** Pixels. Without it, the width follows from `height` and the image's ratio. */
  width?: number | undefined;
  /** Pixels. Without it, the height follows from `width` and the image's ratio. */
  height?: number | undefined;
  /**
   * `inside` (default) shows the whole image within the box, never enlarged; `cover` fills the box and crops around the
   * centre; `smart` fills it and crops around faces and details.
   */
  fit?: 'inside' | 'cover' | 'smart' | undefined;
  /** 1 to 100. */
  quality?: number | undefined;
  /** Default: the smallest that the browser accepts. */
  format?: 'avif' | 'webp' | 'jpeg' | 'png' | 'gif' | undefined;
  /** Radius in pixels. */
  blur?: number | undefined;
  /** Further filters of the images host, as its URLs have them: `['rotate(90)', 'grayscale()']`. */
  filters?: readonly string[] | undefined;
}

/** A file, or its key. */
export type ImageSource = string | Pick<StoredFile, 'key' | 'url'>;

/** The options as a path of an image URL: `fit-in/400x300/filters:quality(80)`. */
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

/** Builds an image URL. @throws `client/invalid-input` when the images host is not known */
export function imageUrl(source: ImageSource, options: ImageOptions | undefined, hosts: ImageHosts): string {
  const { key, url = '' } = typeof source === 'string' ? { key: source } : source;
  const path = key.split('/').map(encodeURIComponent).join('/');
  const host =
    hosts.imagesUrl || (url.endsWith(`/${path}`) ? url.slice(0, -path.length) : besideApi(hosts.url));
  return [host.replace(/\/+$/, ''), imageOptionsPath(options), path].filter(Boolean).join('/');
}

interface ImageHosts {
  /** URL of the API. */
  readonly url: string;
  /** Where configured. Default: from the file's own URL, else beside an API on its default port. */
  readonly imagesUrl: string | undefined;
}

function besideApi(url: string): string {
  const beside = url.replace(/:4500$/, ':4502');
  if (beside !== url) return beside;
  throw new StorageError('client/invalid-input', 'createStorage needs `imagesUrl`.');
}
