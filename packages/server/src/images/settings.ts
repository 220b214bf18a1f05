/** Operator settings for the images host. `config/images.ts` has their variables and defaults. */
export interface ImagesSettings {
  /** Options by name, as in a URL: `fit-in/300x300/filters:quality(70)`. */
  readonly presets: Readonly<Record<string, string>>;
  /** Refuses everything but presets and originals. */
  readonly presetsOnly: boolean;
  /** Sizes as in a URL, `300x200` or `300x0`; all when absent. */
  readonly allowedSizes?: readonly string[];
  /** The key of Thumbor's signatures. */
  readonly signingKey?: string;
  /** Refuses URLs without a signature. */
  readonly signedOnly: boolean;
  /** Honours `Sec-CH-DPR`, `Sec-CH-Width` and `Save-Data`. */
  readonly clientHints: boolean;
  /** Time for which browsers and CDNs may keep an image, in seconds. */
  readonly maxAgeSeconds: number;
  readonly memoryCacheBytes: number;
  readonly diskCacheBytes: number;
  /** Requests that may wait for a slot. */
  readonly maxQueued: number;
  /** Longest time of a request, waiting included, in seconds. */
  readonly deadlineSeconds: number;
  /** Lowers the priority of work on images against other processes of the machine: 0 to 19. */
  readonly niceness: number;
}

/** Memory for originals and their reduced copies. Not a setting: more of it saves little. */
export const originalsCacheBytes = 96 * 1024 * 1024;
