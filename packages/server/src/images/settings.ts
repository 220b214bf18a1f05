/** What whoever runs the service has decided about images. */
export interface ImagesSettings {
  /** Options by name, as they stand in a URL: `fit-in/300x300/filters:quality(70)`. */
  readonly presets: Readonly<Record<string, string>>;
  /** Nothing but presets and originals. */
  readonly presetsOnly: boolean;
  /** Sizes as in a URL, `300x200` or `300x0`; all when absent. */
  readonly allowedSizes?: readonly string[];
  /** The key of Thumbor's signatures. */
  readonly signingKey?: string;
  /** Refuses URLs without a signature. */
  readonly signedOnly: boolean;
  /** Honours `Sec-CH-DPR`, `Sec-CH-Width` and `Save-Data`. */
  readonly clientHints: boolean;
  /** How long browsers and CDNs may keep a picture, in seconds. */
  readonly maxAgeSeconds: number;
  readonly memoryCacheBytes: number;
  readonly diskCacheBytes: number;
  /** Requests that may wait for a place to be worked on. */
  readonly maxQueued: number;
  /** Longest a request may take, waiting included, in seconds. */
  readonly deadlineSeconds: number;
}

const MiB = 1024 * 1024;

export const defaultImagesSettings: ImagesSettings = {
  presets: {},
  presetsOnly: false,
  signedOnly: false,
  clientHints: false,
  maxAgeSeconds: 300,
  memoryCacheBytes: 64 * MiB,
  diskCacheBytes: 1024 * MiB,
  maxQueued: 256,
  deadlineSeconds: 15,
};
