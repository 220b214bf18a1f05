import { type ComponentPropsWithoutRef, createElement, forwardRef } from 'react';
import type { ImageOptions } from '../image-url.ts';
import type { StoredFile } from '../wire.ts';
import { useStorage } from './storage-provider.ts';

type ImgProps = Omit<ComponentPropsWithoutRef<'img'>, 'src' | 'srcSet' | 'width' | 'height' | 'children'>;

/** What an `<img>` takes, and how the image host is to make the picture. */
export interface ImageProps extends ImgProps, ImageOptions {
  /** A `public` file, or its key. */
  file: string | (Pick<StoredFile, 'key' | 'url'> & Partial<Pick<StoredFile, 'metadata'>>);
  /** Default: the file's `metadata.alt`, else none, as of a picture that only decorates. */
  alt?: string;
  /** Default `cover`: with both sides given, the picture fills its place. */
  fit?: 'inside' | 'cover' | 'smart';
  /** Pixels, for the browser to choose from. Default: once and twice `width`; without one, a row of common widths. */
  widths?: readonly number[];
}

/**
 * A `public` image, no larger than its place on this screen needs. `width` and `height` are its place in CSS pixels: give
 * both, and nothing moves while it loads. Where the place changes with the window, leave them out and give `sizes`.
 */
export const Image = forwardRef<HTMLImageElement, ImageProps>(function Image(
  { file, width, height, fit, quality, format, blur, filters, widths, ...attributes },
  ref,
) {
  const storage = useStorage();
  const fills = width && height ? 'cover' : 'inside';
  const options = { width, height, fit: fit ?? fills, quality, format, blur, filters } as const;
  const choice = widths ?? (width ? [width, width * 2] : undefined);
  return createElement('img', {
    // Lazy before src: some browsers begin to load at once.
    loading: 'lazy',
    decoding: 'async',
    sizes: width && `${width}px`,
    alt: (typeof file === 'object' && file.metadata?.alt) || '',
    ...attributes,
    // As the image host does it: never enlarged.
    ...(fit === 'inside' && { style: { objectFit: 'scale-down', ...attributes.style } as const }),
    width,
    height,
    srcSet: storage.srcset(file, { ...options, widths: choice }),
    src: storage.imageUrl(file, options),
    ref,
  });
});
