import { ceilings, defaultLimits, type Limits } from '@bkend/storage-contract';
import type { Bounds, Settings } from './settings.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const day = 24 * 60 * 60;

interface LimitSetting extends Bounds {
  readonly variable: string;
}

/**
 * The variable of every limit and how far it can be moved: to what S3 takes ("Amazon S3 multipart upload limits"),
 * what Signature V4 can sign (seven days), and what memory bears.
 */
const settings: Readonly<Record<keyof Limits, LimitSetting>> = {
  maxNameBytes: { variable: 'BKEND_MAX_NAME_BYTES', min: 1, max: 1024 },
  maxMimeTypeBytes: { variable: 'BKEND_MAX_MIME_TYPE_BYTES', min: 3, max: 255 },
  maxKeyBytes: { variable: 'BKEND_MAX_KEY_BYTES', min: 256, max: 1024 },
  maxSinglePutBytes: { variable: 'BKEND_MAX_SINGLE_PUT_BYTES', min: 1, max: 5 * GiB },
  maxMultipartBytes: { variable: 'BKEND_MAX_MULTIPART_BYTES', min: 1, max: 50 * 1024 * GiB },
  minPartBytes: { variable: 'BKEND_MIN_PART_BYTES', min: 5 * MiB, max: 5 * GiB },
  maxPartBytes: { variable: 'BKEND_MAX_PART_BYTES', min: 5 * MiB, max: 5 * GiB },
  maxJsonBodyBytes: { variable: 'BKEND_MAX_JSON_BODY_BYTES', min: KiB, max: 64 * MiB },
  maxMetadataBytes: { variable: 'BKEND_MAX_METADATA_BYTES', min: 2, max: MiB },
  maxTags: { variable: 'BKEND_MAX_TAGS', min: 0, max: ceilings.tags },
  maxTagLength: { variable: 'BKEND_MAX_TAG_LENGTH', min: 1, max: 255 },
  maxSharedWith: { variable: 'BKEND_MAX_SHARED_WITH', min: 0, max: ceilings.sharedWith },
  uploadUrlLifeSeconds: { variable: 'BKEND_UPLOAD_URL_LIFE_SECONDS', min: 1, max: 7 * day },
  partUrlLifeSeconds: { variable: 'BKEND_PART_URL_LIFE_SECONDS', min: 1, max: 7 * day },
  downloadUrlLifeSeconds: { variable: 'BKEND_DOWNLOAD_URL_LIFE_SECONDS', min: 1, max: 7 * day },
  unregisteredUploadLifeSeconds: {
    variable: 'BKEND_UNREGISTERED_UPLOAD_LIFE_SECONDS',
    min: 1,
    max: 30 * day,
  },
  tempFileLifeSeconds: { variable: 'BKEND_TEMP_FILE_LIFE_SECONDS', min: 1, max: 3650 * day },
  maxSourceImagePixels: { variable: 'BKEND_MAX_SOURCE_IMAGE_PIXELS', min: 1, max: 1_000_000_000 },
  maxSourceImageBytes: { variable: 'BKEND_MAX_SOURCE_IMAGE_BYTES', min: 1, max: GiB },
  maxOutputImageSide: { variable: 'BKEND_MAX_OUTPUT_IMAGE_SIDE', min: 1, max: 16_383 },
  rateLimitPerMinute: { variable: 'BKEND_RATE_LIMIT', min: 0, max: 1_000_000_000 },
};

export function parseLimits(from: Settings): Limits {
  const limits: { -readonly [Name in keyof Limits]: Limits[Name] } = { ...defaultLimits };
  // Object.keys forgets the keys' type; this object has no others.
  for (const name of Object.keys(settings) as (keyof Limits)[]) {
    const { variable, ...bounds } = settings[name];
    limits[name] = from.integer(variable, defaultLimits[name], bounds);
  }
  if (limits.minPartBytes > limits.maxPartBytes) {
    from.report('BKEND_MIN_PART_BYTES', `is larger than BKEND_MAX_PART_BYTES (${limits.maxPartBytes}).`);
  }
  const longestUrlLife = Math.max(limits.uploadUrlLifeSeconds, limits.partUrlLifeSeconds);
  if (limits.unregisteredUploadLifeSeconds < longestUrlLife) {
    from.report(
      'BKEND_UNREGISTERED_UPLOAD_LIFE_SECONDS',
      `is shorter than an upload URL lives (${longestUrlLife}): bytes would go while they are on their way.`,
    );
  }
  return limits;
}
