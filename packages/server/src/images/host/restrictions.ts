import {
  asksForOriginal,
  type ImageUrl,
  invalidParameters,
  parseImagePath,
  type StorageError,
} from '@bkend/storage-contract';
import type { ImagesSettings } from '../settings.ts';

/**
 * Expands the preset of a URL. A preset allows no other options: they would be a way around it.
 * @throws `common/invalid-parameters` for an unknown preset, or one with options beside it
 */
export function expandPreset(url: ImageUrl, presets: ImagesSettings['presets']): ImageUrl {
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
export function requireAllowed(
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
