import { ceilings, defaultLimits, type Limits } from '@bkend/storage-contract';
import { hostRoles } from './role-table.ts';
import type { IntegerSetting } from './setting.ts';
import type { Settings } from './settings.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const day = 24 * 60 * 60;

/** Everything about a limit but its default, which is the contract's. */
type LimitRow = Omit<IntegerSetting, 'kind' | 'roles' | 'default'>;

/**
 * One row for each limit. The ranges end where S3 refuses ("Amazon S3 multipart upload limits"), where Signature Version 4
 * cannot sign (seven days), or where memory ends.
 */
const rows: Readonly<Record<keyof Limits, LimitRow>> = {
  maxNameBytes: {
    name: 'BKEND_MAX_NAME_BYTES',
    min: 1,
    max: 1024,
    unit: 'bytes',
    description: 'Largest name of a file, in UTF-8.',
  },
  maxMimeTypeBytes: {
    name: 'BKEND_MAX_MIME_TYPE_BYTES',
    min: 3,
    max: 255,
    unit: 'bytes',
    description: 'Largest MIME type.',
  },
  maxKeyBytes: {
    name: 'BKEND_MAX_KEY_BYTES',
    min: 256,
    max: 1024,
    unit: 'bytes',
    description: 'Largest key of a file; S3 itself takes 1,024 bytes.',
  },
  maxSinglePutBytes: {
    name: 'BKEND_MAX_SINGLE_PUT_BYTES',
    min: 1,
    max: 5 * GiB,
    unit: 'bytes',
    description: 'Largest file uploaded by one PUT.',
  },
  maxMultipartBytes: {
    name: 'BKEND_MAX_MULTIPART_BYTES',
    min: 1,
    max: 50 * 1024 * GiB,
    unit: 'bytes',
    description: 'Largest file uploaded in parts.',
  },
  minPartBytes: {
    name: 'BKEND_MIN_PART_BYTES',
    min: 5 * MiB,
    max: 5 * GiB,
    unit: 'bytes',
    description: 'Smallest part but the last; not above `BKEND_MAX_PART_BYTES`.',
  },
  maxPartBytes: {
    name: 'BKEND_MAX_PART_BYTES',
    min: 5 * MiB,
    max: 5 * GiB,
    unit: 'bytes',
    description: 'Largest part.',
  },
  maxJsonBodyBytes: {
    name: 'BKEND_MAX_JSON_BODY_BYTES',
    min: KiB,
    max: 64 * MiB,
    unit: 'bytes',
    description: 'Largest JSON body of a request.',
  },
  maxMetadataBytes: {
    name: 'BKEND_MAX_METADATA_BYTES',
    min: 2,
    max: MiB,
    unit: 'bytes',
    description: 'Largest metadata of a file, as JSON.',
  },
  maxTags: {
    name: 'BKEND_MAX_TAGS',
    min: 0,
    max: ceilings.tags,
    description: 'Tags of a file.',
  },
  maxTagLength: {
    name: 'BKEND_MAX_TAG_LENGTH',
    min: 1,
    max: 255,
    description: 'Characters of a tag.',
  },
  maxSharedWith: {
    name: 'BKEND_MAX_SHARED_WITH',
    min: 0,
    max: ceilings.sharedWith,
    description: 'Users that a file is shared with.',
  },
  uploadUrlLifeSeconds: {
    name: 'BKEND_UPLOAD_URL_LIFE_SECONDS',
    min: 1,
    max: 7 * day,
    unit: 'seconds',
    description: 'Life of the URL for one PUT.',
  },
  partUrlLifeSeconds: {
    name: 'BKEND_PART_URL_LIFE_SECONDS',
    min: 1,
    max: 7 * day,
    unit: 'seconds',
    description: 'Life of the URL of a part.',
  },
  downloadUrlLifeSeconds: {
    name: 'BKEND_DOWNLOAD_URL_LIFE_SECONDS',
    min: 1,
    max: 7 * day,
    unit: 'seconds',
    description: 'Life of a download URL, where the request asks for none.',
  },
  unregisteredUploadLifeSeconds: {
    name: 'BKEND_UNREGISTERED_UPLOAD_LIFE_SECONDS',
    min: 1,
    max: 30 * day,
    unit: 'seconds',
    description:
      'Time until an upload that was not registered expires; not below the lives of the two kinds of upload URLs.',
  },
  tempFileLifeSeconds: {
    name: 'BKEND_TEMP_FILE_LIFE_SECONDS',
    min: 1,
    max: 3650 * day,
    unit: 'seconds',
    description: 'Time until a file of category `temp` expires.',
  },
  maxSourceImagePixels: {
    name: 'BKEND_MAX_SOURCE_IMAGE_PIXELS',
    min: 1,
    max: 1_000_000_000,
    unit: 'pixels',
    description: 'Largest original that renditions are made from: width × height.',
  },
  maxSourceImageBytes: {
    name: 'BKEND_MAX_SOURCE_IMAGE_BYTES',
    min: 1,
    max: GiB,
    unit: 'bytes',
    description: 'Largest original that renditions are made from.',
  },
  maxOutputImageSide: {
    name: 'BKEND_MAX_OUTPUT_IMAGE_SIDE',
    min: 1,
    max: 16_383,
    unit: 'pixels',
    description: 'Longest side of a rendition.',
  },
  rateLimitPerMinute: {
    name: 'BKEND_RATE_LIMIT',
    min: 0,
    max: 1_000_000_000,
    unit: 'requests a minute',
    description:
      'Requests of each caller that an API process answers, and unsigned requests that the embedded store answers to each address; 0 is no limit.',
  },
};

// Object.keys forgets the keys' type; this object has no others.
const names = Object.keys(rows) as (keyof Limits)[];

export const limitSettings: Readonly<Record<string, IntegerSetting>> = Object.fromEntries(
  names.map((name) => [name, settingOf(name)]),
);

function settingOf(name: keyof Limits) {
  return { ...rows[name], kind: 'integer', default: defaultLimits[name], roles: hostRoles } as const;
}

export function parseLimits(settings: Settings): Limits {
  const limits: { -readonly [Name in keyof Limits]: Limits[Name] } = { ...defaultLimits };
  for (const name of names) limits[name] = settings.integer(settingOf(name));
  if (limits.minPartBytes > limits.maxPartBytes) {
    settings.report(
      rows.minPartBytes.name,
      `is larger than ${rows.maxPartBytes.name} (${limits.maxPartBytes}).`,
    );
  }
  const longestUrlLife = Math.max(limits.uploadUrlLifeSeconds, limits.partUrlLifeSeconds);
  if (limits.unregisteredUploadLifeSeconds < longestUrlLife) {
    settings.report(
      rows.unregisteredUploadLifeSeconds.name,
      `is shorter than an upload URL lives (${longestUrlLife}): uploads would expire while their bytes are still arriving.`,
    );
  }
  return limits;
}
