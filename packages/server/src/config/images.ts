import { asksForOriginal, parseImagePath, planImage } from '@bkend/storage-contract';
import type { Settings } from './settings.ts';

/** What whoever runs the service has decided about images. */
export interface ImagesConfig {
  /** Options by name, as they stand in a URL. */
  readonly presets: Readonly<Record<string, string>>;
  readonly presetsOnly: boolean;
  /** `300x200`, as in a URL; all when absent. */
  readonly allowedSizes?: readonly string[];
  /** The key of Thumbor's signatures. */
  readonly signingKey?: string;
  readonly signedOnly: boolean;
  /** Signs the URLs of pictures that are not public; made from the data directory's or the tokens' secret when absent. */
  readonly ticketSecret?: string;
  readonly clientHints: boolean;
  readonly maxAgeSeconds: number;
  readonly memoryCacheBytes: number;
  readonly diskCacheBytes: number;
  /** In the data directory when absent. */
  readonly cacheDirectory?: string;
  readonly maxQueued: number;
  readonly deadlineSeconds: number;
  /** By how much work on pictures gives way to other processes of the machine, 0 to 19. */
  readonly niceness: number;
  /** Whether smart crops look for faces, where the package that can is installed. */
  readonly faces: 'auto' | 'off';
}

const MiB = 1024 * 1024;
const TiB = 1024 * 1024 * MiB;
const year = 365 * 24 * 60 * 60;
const minSecretBytes = 16;

export function parseImages(settings: Settings): ImagesConfig {
  const allowedSizes = parseSizes(settings);
  const signingKey = parseSecret(settings, 'BKEND_IMAGE_SIGNING_KEY', 1);
  const ticketSecret = parseSecret(settings, 'BKEND_IMAGE_TICKET_SECRET', minSecretBytes);
  const cacheDirectory = settings.text('BKEND_IMAGE_CACHE_DIR');
  const signedOnly = settings.boolean('BKEND_IMAGE_SIGNED_ONLY', false);
  if (signedOnly && signingKey === undefined) {
    settings.report('BKEND_IMAGE_SIGNED_ONLY', 'needs BKEND_IMAGE_SIGNING_KEY: nothing could be signed.');
  }
  const presets = parsePresets(settings);
  const presetsOnly = settings.boolean('BKEND_IMAGE_PRESETS_ONLY', false);
  if (presetsOnly && Object.keys(presets).length === 0) {
    settings.report('BKEND_IMAGE_PRESETS_ONLY', 'needs BKEND_IMAGE_PRESETS: nothing could be made.');
  }
  return {
    presets,
    presetsOnly,
    ...(allowedSizes && { allowedSizes }),
    ...(signingKey !== undefined && { signingKey }),
    signedOnly,
    ...(ticketSecret !== undefined && { ticketSecret }),
    clientHints: settings.boolean('BKEND_IMAGE_CLIENT_HINTS', false),
    maxAgeSeconds: settings.integer('BKEND_IMAGE_MAX_AGE_SECONDS', 300, { min: 0, max: year }),
    memoryCacheBytes: settings.integer('BKEND_IMAGE_MEMORY_CACHE_BYTES', 64 * MiB, { min: 0, max: TiB }),
    diskCacheBytes: settings.integer('BKEND_IMAGE_DISK_CACHE_BYTES', 1024 * MiB, { min: 0, max: 1024 * TiB }),
    ...(cacheDirectory !== undefined && { cacheDirectory }),
    maxQueued: settings.integer('BKEND_IMAGE_MAX_QUEUED', 256, { min: 0, max: 100_000 }),
    deadlineSeconds: settings.integer('BKEND_IMAGE_DEADLINE_SECONDS', 15, { min: 1, max: 600 }),
    niceness: settings.integer('BKEND_IMAGE_NICENESS', 10, { min: 0, max: 19 }),
    faces: settings.choice('BKEND_IMAGE_FACES', 'auto', ['auto', 'off']),
  };
}

/** `thumb=fit-in/300x300;hero=1200x600/smart/filters:quality(70)` */
function parsePresets(settings: Settings): Record<string, string> {
  const presets: Record<string, string> = {};
  for (const entry of (settings.text('BKEND_IMAGE_PRESETS') ?? '').split(';')) {
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
  const text = settings.text('BKEND_IMAGE_SIZES');
  if (text === undefined) return undefined;
  const sizes = text.split(',').map((size) => size.trim());
  for (const size of sizes) {
    if (!/^\d{1,5}x\d{1,5}$/.test(size)) {
      settings.report('BKEND_IMAGE_SIZES', `${JSON.stringify(size)} is not a size such as 300x200 or 300x0.`);
    }
  }
  return sizes;
}

function parseSecret(settings: Settings, variable: string, minBytes: number): string | undefined {
  const secret = settings.secret(variable);
  if (secret !== undefined && Buffer.byteLength(secret) < minBytes) {
    settings.report(variable, `has ${Buffer.byteLength(secret)} bytes and needs at least ${minBytes}.`);
  }
  return secret;
}
