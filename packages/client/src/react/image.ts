import { type ComponentPropsWithoutRef, createElement, forwardRef } from 'react';
import type { ImageOptions } from '../image-url.ts';
import type { StoredFile } from '../wire.ts';
import { useStorage } from './storage-provider.ts';

type ImgProps = Omit<ComponentPropsWithoutRef<'img'>, 'src' | 'srcSet' | 'width' | 'height' | 'children'>;

/** Attributes of `<img>`, and options of the rendition. */
export interface ImageProps extends ImgProps, ImageOptions {
  /** A `public` image, or its key. */
  file: string | (Pick<StoredFile, 'key' | 'url'> & Partial<Pick<StoredFile, 'metadata'>>);
  /** Default: the file's `metadata.alt`, else empty, as for a decorative image. */
  alt?: string;
  /** Default `cover` with `width` and `height`, else `inside`. */
  fit?: 'inside' | 'cover' | 'smart';
  /** Pixels of the renditions in `srcset`. Default: `width` and twice `width`; without `width`, 320 to 1,920. */
  widths?: readonly number[];
}

/**
 * An `<img>` of a `public` image with a `srcset`, so that the browser loads no more pixels than it shows. `width` and `height`
 * are the size of its box in CSS pixels; with both, the layout does not move while it loads. For a box that changes with the
 * window, give `sizes` instead.
 *
 * @example
 * ```tsx
 * import { Image } from '@bkend/storage/react';
 *
 * export function Photo() {
 *   return <Image file={file} width={200} height={150} alt={file.originalName} />;
 * }
 * ```
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
    // `loading` before `src`: some browsers start to load at once.
    loading: 'lazy',
    decoding: 'async',
    sizes: width && `${width}px`,
    alt: (typeof file === 'object' && file.metadata?.alt) || '',
    ...attributes,
    // Never enlarged, as on the images host.
    ...(fit === 'inside' && { style: { objectFit: 'scale-down', ...attributes.style } as const }),
    width,
    height,
    srcSet: storage.srcset(file, { ...options, widths: choice }),
    src: storage.imageUrl(file, options),
    ref,
  });
});
