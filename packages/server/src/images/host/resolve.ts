import {
  asksForOriginal,
  type ImageDelivery,
  type ImagePlan,
  type ImageUrl,
  imagePlanKey,
  invalidParameters,
  type PlannedImage,
  parseImagePath,
  planImage,
  type StorageError,
} from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import { accessDenied, canRead, fileNotFound, isServed } from '../../files/access.ts';
import type { File } from '../../files/file.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { FileLookup } from '../cache/file-lookup.ts';
import type { ImagesSettings } from '../settings.ts';
import { type UrlAccess, type UrlAccessDeps, verifyUrlAccess } from './url-access.ts';

export interface ResolveDeps extends UrlAccessDeps {
  readonly settings: ImagesSettings;
  readonly parseUrl: (path: string) => ParsedUrl;
  /** `public` files by key. */
  readonly publicFiles: FileLookup;
  /** Any file by its key. */
  readonly findFile: (tenant: Tenant, key: string) => Promise<File | undefined>;
}

/** A file that this request may read, and the plan for it. */
export interface ResolvedImage {
  readonly file: File;
  /** Absent for the original. */
  readonly plan?: ImagePlan;
  /** Equal for equal plans. */
  readonly planKey: string;
  readonly delivery: ImageDelivery;
  readonly overlays: readonly File[];
  readonly ignoredFilters: readonly string[];
  readonly access: UrlAccess;
  /** Checks again that the file may be read. @throws as {@link resolveImage} does */
  readonly recheck: () => Promise<void>;
}

/**
 * Parses a path and looks up the file that it names.
 * @throws `common/invalid-parameters` for options that are malformed or not allowed, `file/access-denied` for a wrong
 * signature, `file/not-found` for a key that is unknown or not public
 */
export async function resolveImage(deps: ResolveDeps, path: string): Promise<ResolvedImage> {
  const { url, key, plan, planKey, original, delivery, ignoredFilters } = deps.parseUrl(path);
  const access = verifyUrlAccess(deps, url, path);
  if ((delivery.expiresAtMs ?? Number.POSITIVE_INFINITY) <= deps.clock().getTime()) throw fileNotFound();

  const find = () => findReadable(deps, access, key);
  const [file, ...overlays] = await Promise.all([find(), ...findOverlays(deps, plan)]);
  return {
    file,
    ...(!original && { plan }),
    planKey,
    delivery,
    overlays,
    ignoredFilters,
    access,
    recheck: async () => void (await find()),
  };
}

async function findReadable(deps: ResolveDeps, access: UrlAccess, key: string): Promise<File> {
  if (access.kind === 'public') {
    const file = await deps.publicFiles.find(key);
    if (file === undefined) throw fileNotFound();
    return file;
  }
  const file = await deps.findFile(access.viewer.tenant, key);
  if (file === undefined || !isServed(file)) throw fileNotFound();
  if (!canRead(access.viewer, file)) throw accessDenied();
  return file;
}

/** Overlays must be public, for every viewer. */
function findOverlays({ publicFiles }: ResolveDeps, plan: ImagePlan): Promise<File>[] {
  const keys = new Set(plan.steps.flatMap((step) => (step.do === 'watermark' ? [step.key] : [])));
  return [...keys].map(async (key) => {
    const file = await publicFiles.find(key);
    if (file === undefined) {
      throw invalidParameters([
        { field: 'filters.watermark', message: 'names no public file of this server' },
      ]);
    }
    return file;
  });
}

/** A parsed and planned path; nothing is looked up yet. */
export interface ParsedUrl extends PlannedImage {
  /** As received, presets not expanded. */
  readonly url: ImageUrl;
  readonly key: string;
  readonly original: boolean;
  /** Equal for equal plans. */
  readonly planKey: string;
}

const maxRemembered = 5_000;
/** Longer paths are rare, and many of them could fill memory. */
const maxRememberedLength = 1_000;

/** Creates the parser for these settings. It remembers its last results: popular images are requested under the same path. */
export function createUrlParser(settings: ImagesSettings): (path: string) => ParsedUrl {
  const remembered = new LRUCache<string, ParsedUrl>({ max: maxRemembered });
  return (path) => {
    const known = remembered.get(path);
    if (known) return known;
    const parsed = parseUrl(path, settings);
    if (path.length <= maxRememberedLength) remembered.set(path, parsed);
    return parsed;
  };
}

/** @throws `common/invalid-parameters` for options that are malformed or not allowed */
function parseUrl(path: string, settings: ImagesSettings): ParsedUrl {
  const url = parseImagePath(path);
  if (url.kind === 'fault') throw invalidParameters([{ field: url.option, message: url.message }]);
  if (url.access?.kind !== 'hmac') requireAllowed(url, settings);
  const expanded = expandPreset(url, settings.presets);
  const planned = planImage(expanded);
  if ('issues' in planned) throw invalidParameters(planned.issues);
  return {
    ...planned,
    url,
    key: expanded.key,
    original: asksForOriginal(expanded),
    planKey: imagePlanKey(planned.plan),
  };
}

/**
 * Expands the preset of a URL. A preset allows no other options: they would be a way around it.
 * @throws `common/invalid-parameters` for an unknown preset, or one with options beside it
 */
function expandPreset(url: ImageUrl, presets: ImagesSettings['presets']): ImageUrl {
  const { preset, access, key, ...others } = url;
  if (preset === undefined) return url;
  if (!asksForOriginal({ ...others, key })) {
    throw refused('preset', 'stands alone: no options can be added to it');
  }
  const options = Object.hasOwn(presets, preset) ? presets[preset] : undefined;
  const expanded = options === undefined ? undefined : parsePreset(options);
  if (!expanded) throw refused('preset', `"${preset}" is not a preset of this server`);
  return { ...expanded, ...(access && { access }), key };
}

/** Parses the options of a preset, with a placeholder for the key; undefined when they are malformed. */
function parsePreset(options: string): ImageUrl | undefined {
  const placeholder = 'key';
  const url = parseImagePath(`${options}/${placeholder}`);
  return url.kind === 'image' && url.key === placeholder && !url.access && url.preset === undefined
    ? url
    : undefined;
}

/** @throws `common/invalid-parameters` for a rendition that the operator does not allow */
function requireAllowed(
  asked: ImageUrl,
  { presetsOnly, allowedSizes }: Pick<ImagesSettings, 'presetsOnly' | 'allowedSizes'>,
): void {
  if (asksForOriginal(asked) || asked.preset !== undefined) return;
  if (presetsOnly) throw refused('preset', 'is needed: this server makes presets only');
  if (allowedSizes === undefined) return;
  const { width, height } = asked.size ?? { width: 0, height: 0 };
  if (!allowedSizes.includes(`${width}x${height}`)) {
    throw refused('size', `${width}x${height} is not one of ${allowedSizes.join(', ')}`);
  }
}

function refused(field: string, message: string): StorageError {
  return invalidParameters([{ field, message }]);
}
