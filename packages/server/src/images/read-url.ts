import {
  asksForOriginal,
  type ImageUrl,
  imagePlanKey,
  invalidParameters,
  type PlannedImage,
  parseImagePath,
  planImage,
} from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import { expandPreset, requireAllowed } from './access/restrictions.ts';
import type { ImagesSettings } from './settings.ts';

/** What a path says, before anything is looked up. */
export interface ReadUrl extends PlannedImage {
  /** As it was written. */
  readonly asked: ImageUrl;
  readonly key: string;
  readonly original: boolean;
  /** Equal for equal plans. */
  readonly planKey: string;
}

const maxRemembered = 5_000;
/** Longer ones are rare, and could fill memory. */
const maxRememberedLength = 1_000;

/**
 * Makes the function that reads paths by these settings, and remembers the last ones: a popular picture is asked for
 * under the same path again and again.
 */
export function createUrlReader(settings: ImagesSettings): (path: string) => ReadUrl {
  const remembered = new LRUCache<string, ReadUrl>({ max: maxRemembered });
  return (path) => {
    const known = remembered.get(path);
    if (known) return known;
    const read = readUrl(path, settings);
    if (path.length <= maxRememberedLength) remembered.set(path, read);
    return read;
  };
}

/** @throws `common/invalid-parameters` for options that are none, or not allowed */
function readUrl(path: string, settings: ImagesSettings): ReadUrl {
  const asked = parseImagePath(path);
  if (asked.kind === 'fault') throw invalidParameters([{ field: asked.option, message: asked.message }]);
  if (asked.access?.kind !== 'hmac') requireAllowed(asked, settings);
  const url = expandPreset(asked, settings.presets);
  const planned = planImage(url);
  if ('issues' in planned) throw invalidParameters(planned.issues);
  return {
    ...planned,
    asked,
    key: url.key,
    original: asksForOriginal(url),
    planKey: imagePlanKey(planned.plan),
  };
}
