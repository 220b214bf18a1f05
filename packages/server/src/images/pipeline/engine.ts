import sharp, { type SharpOptions } from 'sharp';

/**
 * libvips as a server wants it. No cache of operations: results are kept by us, and what libvips would keep is memory.
 * One thread an image, said explicitly because allocator settings change sharp's default: many images at once keep the
 * cores busy better than many threads on one.
 */
sharp.cache(false);
sharp.concurrency(1);

/** Only what browsers and cameras make can be read; everything else libvips was built with stays shut. */
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Tiff', 'Svg'].map((name) => `VipsForeignLoad${name}`),
});

/** Longest one run may take. libvips looks at the clock between rows, so all but the last step of encoding stop in time. */
export const maxSeconds = 5;

/** How every original is opened: what is damaged is refused rather than shown in part. */
export const strictly: SharpOptions = { limitInputChannels: 5, failOn: 'error', sequentialRead: true };

/** Another version, or another kind of processor, may give other bytes for the same picture. */
export const engineVersion = `${sharp.versions.sharp ?? ''} ${sharp.versions.vips} ${process.arch}`;

export { sharp as engine };
