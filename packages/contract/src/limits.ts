const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const TiB = 1024 * GiB;

/** Highest part number of S3; the lowest is 1 (S3 user guide, "Amazon S3 multipart upload limits"). */
export const maxPartNumber = 10_000;

/** Most part URLs that one request may ask for. */
export const maxPartUrlsPerRequest = 100;

/** Most entries of `parts` that the schema accepts; a list above {@link maxPartNumber} is refused by its own code. */
export const maxPartsPerRequest = 2 * maxPartNumber;

/** Highest values that operators can set for `maxSharedWith` and `maxTags`. */
export const ceilings = { sharedWith: 100_000, tags: 1_000 } as const;

/**
 * Most files that a list reaches by page number (page × limit), and up to which a filtered list is counted exactly. A cursor reads
 * beyond.
 */
export const maxListed = 100_000;

/** Most files that one batch may presign, register or download. */
export const maxBatch = 100;

/** The most events on a page. */
export const maxPageEvents = 1_000;

/** Files of a page: of one by number, and of one that a cursor reads on. */
export const maxPageFiles = { byNumber: 100, byCursor: 1_000 } as const;

/**
 * Most files that one request for positions walks through, so that its cost does not grow with the list; its cursor reads on
 * behind them.
 */
export const maxPositionsWalked = 10_000;

/** Most values that are counted of a facet without a fixed set of them: types, tags. */
export const maxFacetValues = 50;

/** Most files that one bulk call names, or takes of those that match its filter. */
export const maxBulk = 1_000;

/** Limits of a folder's path. Fixed, because the indexes of lists hold it whole: `bytes` of UTF-8, `depth` in names. */
export const folderLimits = { bytes: 512, depth: 32 } as const;

/** Life of a download URL that a request may ask for, in seconds: one minute to seven days, the maximum of Signature Version 4. */
export const downloadUrlLifeRange = { min: 60, max: 604_800 } as const;

/** Default limits. Operators set others by the variables in `docs/settings.md`, Limits. */
export const defaultLimits = {
  maxNameBytes: 255,
  maxMimeTypeBytes: 127,
  maxKeyBytes: 1024,
  maxSinglePutBytes: 5 * GiB,
  maxMultipartBytes: 5 * TiB,
  minPartBytes: 5 * MiB,
  maxPartBytes: 5 * GiB,
  maxJsonBodyBytes: MiB,
  maxMetadataBytes: 16 * KiB,
  maxTags: 50,
  maxTagLength: 64,
  maxSharedWith: 1_000,
  uploadUrlLifeSeconds: 15 * 60,
  partUrlLifeSeconds: 60 * 60,
  downloadUrlLifeSeconds: 60 * 60,
  unregisteredUploadLifeSeconds: 24 * 60 * 60,
  tempFileLifeSeconds: 7 * 24 * 60 * 60,
  maxSourceImagePixels: 50_000_000,
  maxSourceImageBytes: 64 * MiB,
  maxOutputImageSide: 8_192,
  rateLimitPerMinute: 6_000,
};

export type Limits = Readonly<typeof defaultLimits>;
