import sharp, { type SharpOptions } from 'sharp';

/**
 * libvips, set up for a server. Its cache of operations is off: renditions have caches of their own, and libvips's would only
 * take memory. One thread for each image, set explicitly because allocator settings change sharp's default: concurrent images
 * use the cores better than several threads on one image.
 */
sharp.cache(false);
sharp.concurrency(1);

/** Loaders for the formats of browsers and cameras are enabled; all other loaders of this build of libvips stay blocked. */
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Tiff', 'Svg'].map((name) => `VipsForeignLoad${name}`),
});

/**
 * Timeout of one pipeline, in seconds by the clock: below the deadline of a request, and well above the CPU time that it may take, since
 * a busy machine is no fault of the image. libvips checks the clock between rows: all but the last step of encoding stop in time.
 */
export const maxSeconds = 12;

/** Options for opening every original: a damaged image is refused rather than shown in part. */
export const strictly: SharpOptions = { limitInputChannels: 5, failOn: 'error', sequentialRead: true };

/** Part of every rendition key: another version, or another processor architecture, may give other bytes for the same plan. */
export const engineVersion = `${sharp.versions.sharp ?? ''} ${sharp.versions.vips} ${process.arch}`;

export { sharp as engine };
