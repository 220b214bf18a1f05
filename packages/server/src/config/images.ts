import { asksForOriginal, parseImagePath, planImage } from '@bkend/storage-contract';
import type { ImagesSettings } from '../images/settings.ts';
import { urlSettings } from './listening.ts';
import type { SecretSetting, SettingRows } from './setting.ts';
import type { Settings } from './settings.ts';

/** Operator settings of the role `images`: those of the images host, and those with which the role starts it. */
export interface ImagesConfig extends ImagesSettings {
  /** The key of signed image URLs; derived from a secret of the data directory or of tokens when absent. */
  readonly signedImageUrlSecret?: string;
  /** Directory of the disk cache; in the data directory when absent. */
  readonly cacheDirectory?: string;
  /** Whether smart crops go by faces, where the optional package is installed. */
  readonly faces: 'auto' | 'off';
  /** Whether downloads of public files are their addresses on the images host. */
  readonly hasPublicAddresses: boolean;
}

const MiB = 1024 * 1024;
const TiB = 1024 * 1024 * MiB;
const year = 365 * 24 * 60 * 60;
const minSecretBytes = 16;

export const imagesSettings = {
  presets: {
    name: 'BKEND_IMAGE_PRESETS',
    kind: 'text',
    description:
      'Named options of image URLs, `thumb=fit-in/300x300;hero=1200x600/smart`; clients write `/preset:thumb/{key}`.',
    roles: ['images'],
  },
  presetsOnly: {
    name: 'BKEND_IMAGE_PRESETS_ONLY',
    kind: 'boolean',
    default: false,
    description: 'Refuse options other than presets; originals are served.',
    roles: ['images'],
  },
  sizes: {
    name: 'BKEND_IMAGE_SIZES',
    kind: 'text',
    defaultText: 'all',
    description: 'The only sizes that are served: `300x200,600x0`.',
    roles: ['images'],
  },
  signingKey: {
    name: 'BKEND_IMAGE_SIGNING_KEY',
    kind: 'secret',
    description:
      'Key of Thumbor’s URL signatures (base64url of the HMAC-SHA1 of the path behind them). Signed URLs are not restricted to presets and sizes.',
    roles: ['images'],
  },
  signedOnly: {
    name: 'BKEND_IMAGE_SIGNED_ONLY',
    kind: 'boolean',
    default: false,
    description: 'Refuse image URLs without a signature.',
    roles: ['images'],
  },
  publicAddresses: {
    name: 'BKEND_IMAGE_ADDRESSES',
    kind: 'boolean',
    defaultText:
      '`true` where `serve` starts an images host or `BKEND_IMAGES_URL` names one, unless it takes signed URLs only',
    description:
      'Answer `download-url` of a public file with its lasting address on the images host. `false`: with a presigned URL.',
    roles: ['api', 'console'],
  },
  signedImageUrlSecret: {
    name: 'BKEND_IMAGE_TICKET_SECRET',
    kind: 'secret',
    defaultText: 'derived from a secret of the data directory, or from `JWT_SECRET`',
    description:
      'Secret of the signed image URLs of images that are not public, at least 16 bytes; the same on every machine.',
    roles: ['api', 'images', 'console'],
  },
  clientHints: {
    name: 'BKEND_IMAGE_CLIENT_HINTS',
    kind: 'boolean',
    default: false,
    description: 'Use the request headers `Sec-CH-DPR`, `Sec-CH-Width` and `Save-Data`.',
    roles: ['images'],
  },
  maxAgeSeconds: {
    name: 'BKEND_IMAGE_MAX_AGE_SECONDS',
    kind: 'integer',
    default: 300,
    min: 0,
    max: year,
    unit: 'seconds',
    description: 'Time for which browsers and CDNs may keep an image.',
    roles: ['images'],
  },
  memoryCacheBytes: {
    name: 'BKEND_IMAGE_MEMORY_CACHE_BYTES',
    kind: 'integer',
    default: 64 * MiB,
    min: 0,
    max: TiB,
    unit: 'bytes',
    description: 'Renditions kept in memory; the least recently used are evicted.',
    roles: ['images'],
  },
  diskCacheBytes: {
    name: 'BKEND_IMAGE_DISK_CACHE_BYTES',
    kind: 'integer',
    default: 1024 * MiB,
    min: 0,
    max: 1024 * TiB,
    unit: 'bytes',
    description: 'Renditions kept on disk; the least recently used are evicted.',
    roles: ['images'],
  },
  cacheDirectory: {
    name: 'BKEND_IMAGE_CACHE_DIR',
    kind: 'text',
    defaultText: 'in the data directory',
    description: 'Directory of the renditions on disk.',
    roles: ['images'],
  },
  maxQueued: {
    name: 'BKEND_IMAGE_MAX_QUEUED',
    kind: 'integer',
    default: 256,
    min: 0,
    max: 100_000,
    description: 'Renditions that may wait to be made; further requests get 503 with `Retry-After`.',
    roles: ['images'],
  },
  deadlineSeconds: {
    name: 'BKEND_IMAGE_DEADLINE_SECONDS',
    kind: 'integer',
    default: 15,
    min: 1,
    max: 600,
    unit: 'seconds',
    description: 'Time that a request may wait for its rendition; then it gets 503 with `Retry-After`.',
    roles: ['images'],
  },
  niceness: {
    name: 'BKEND_IMAGE_NICENESS',
    kind: 'integer',
    default: 10,
    min: 0,
    max: 19,
    description:
      'Niceness of the processes that make renditions: at 19 they give way to all others of the machine.',
    roles: ['images'],
  },
  faces: {
    name: 'BKEND_IMAGE_FACES',
    kind: 'choice',
    default: 'auto',
    choices: ['auto', 'off'],
    description: 'Whether smart crops go by faces, where the package that detects them is installed.',
    roles: ['images'],
  },
} as const satisfies SettingRows;

/** Reads `BKEND_IMAGE_…`, and reports every fault in it. */
export function parseImages(settings: Settings): ImagesConfig {
  const allowedSizes = parseSizes(settings);
  const signingKey = parseSecret(settings, imagesSettings.signingKey, 1);
  const signedImageUrlSecret = parseSecret(settings, imagesSettings.signedImageUrlSecret, minSecretBytes);
  const cacheDirectory = settings.text(imagesSettings.cacheDirectory);
  const signedOnly = settings.boolean(imagesSettings.signedOnly);
  if (signedOnly && signingKey === undefined) {
    settings.report('BKEND_IMAGE_SIGNED_ONLY', 'needs BKEND_IMAGE_SIGNING_KEY: nothing could be signed.');
  }
  const presets = parsePresets(settings);
  const presetsOnly = settings.boolean(imagesSettings.presetsOnly);
  if (presetsOnly && Object.keys(presets).length === 0) {
    settings.report('BKEND_IMAGE_PRESETS_ONLY', 'needs BKEND_IMAGE_PRESETS: nothing could be made.');
  }
  return {
    presets,
    presetsOnly,
    ...(allowedSizes && { allowedSizes }),
    ...(signingKey !== undefined && { signingKey }),
    signedOnly,
    hasPublicAddresses: settings.boolean(
      imagesSettings.publicAddresses,
      settings.isSet(urlSettings.images) && !signedOnly,
    ),
    ...(signedImageUrlSecret !== undefined && { signedImageUrlSecret }),
    clientHints: settings.boolean(imagesSettings.clientHints),
    maxAgeSeconds: settings.integer(imagesSettings.maxAgeSeconds),
    memoryCacheBytes: settings.integer(imagesSettings.memoryCacheBytes),
    diskCacheBytes: settings.integer(imagesSettings.diskCacheBytes),
    ...(cacheDirectory !== undefined && { cacheDirectory }),
    maxQueued: settings.integer(imagesSettings.maxQueued),
    deadlineSeconds: settings.integer(imagesSettings.deadlineSeconds),
    niceness: settings.integer(imagesSettings.niceness),
    faces: settings.choice(imagesSettings.faces),
  };
}

/** `thumb=fit-in/300x300;hero=1200x600/smart/filters:quality(70)` */
function parsePresets(settings: Settings): Record<string, string> {
  const presets: Record<string, string> = {};
  for (const entry of (settings.text(imagesSettings.presets) ?? '').split(';')) {
    if (entry.trim() === '') continue;
    const [, name, options] = /^\s*([A-Za-z0-9_-]{1,64})=\/*(.+?)\/*\s*$/.exec(entry) ?? [];
    const fault =
      name === undefined || options === undefined ? 'is not of the form name=options' : faultOf(options);
    if (fault !== undefined)
      settings.report('BKEND_IMAGE_PRESETS', `${JSON.stringify(entry.trim())} ${fault}.`);
    else if (name !== undefined && options !== undefined) presets[name] = options;
  }
  return presets;
}

function faultOf(options: string): string | undefined {
  const url = parseImagePath(`${options}/key`);
  if (url.kind === 'fault') return `is not right: "${url.option}" ${url.message}`;
  if (url.key !== 'key' || url.access || url.preset !== undefined || asksForOriginal(url)) {
    return 'has no options of an image URL, or more than those';
  }
  const planned = planImage(url);
  if (!('issues' in planned)) return undefined;
  return `is not right: ${planned.issues.map(({ field, message }) => `${field} ${message}`).join(', ')}`;
}

function parseSizes(settings: Settings): string[] | undefined {
  const text = settings.text(imagesSettings.sizes);
  if (text === undefined) return undefined;
  const sizes = text.split(',').map((size) => size.trim());
  for (const size of sizes) {
    if (!/^\d{1,5}x\d{1,5}$/.test(size)) {
      settings.report('BKEND_IMAGE_SIZES', `${JSON.stringify(size)} is not a size such as 300x200 or 300x0.`);
    }
  }
  return sizes;
}

function parseSecret(settings: Settings, setting: SecretSetting, minBytes: number): string | undefined {
  const secret = settings.secret(setting);
  if (secret !== undefined && Buffer.byteLength(secret) < minBytes) {
    settings.report(setting.name, `has ${Buffer.byteLength(secret)} bytes and needs at least ${minBytes}.`);
  }
  return secret;
}
