const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const TiB = 1024 * GiB;

/** S3 itself allows no other part numbers (S3 user guide, "Amazon S3 multipart upload limits"). */
export const maxPartNumber = 10_000;

/** How many part URLs one request may ask for. */
export const maxPartUrlsPerRequest = 100;

/** More entries than a complete list of parts has: what is over {@link maxPartNumber} is refused by its own code. */
export const maxPartsPerRequest = 2 * maxPartNumber;

/** The most users that a file can be set to be shared with, and the most tags that it can have. */
export const ceilings = { sharedWith: 100_000, tags: 1_000 } as const;

/**
 * Files that a list can be read through by page number, and that are counted where nothing keeps the count. A cursor reads on beyond.
 */
export const maxListed = 100_000;

/** How many files one bulk deletion may name. */
export const maxBulkDelete = 1_000;

/** How long a download URL may live, in seconds: a minute to seven days, Signature V4's own ceiling. */
export const downloadUrlLifeSeconds = { min: 60, max: 604_800 } as const;

/** The promised limits; every one can be set otherwise by whoever runs the service. */
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
